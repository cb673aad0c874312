package main

import (
	"context"
	"errors"
	"time"

	"roadbook/client/station"
	"roadbook/schema"
)

type syncCmd struct {
	Server string `env:"ROADBOOK_SERVER" help:"服务器的新地址，同步成功后沿用 / another address of the server, kept once a sync went through"`
	Tries  int    `default:"4" help:"连续失败几次后停止 / stop after so many failures in a row"`
	Watch  bool   `help:"一直运行：有新记录、到时间、网络恢复时同步 / stay and sync whenever there is something to do"`
}

// syncOut is what a sync did, as JSON.
type syncOut struct {
	Sent        int   `json:"sent"`
	Waiting     int64 `json:"waiting"`
	Quarantined int   `json:"quarantined"` // in all
}

// Run sends what waits and fetches what is new. What does not go through goes on waiting.
func (c *syncCmd) Run(e *env) error {
	return e.open(c.Server, func(s *station.Station) error {
		if c.Watch {
			return e.watch(s)
		}
		up, err := s.Syncer(e.ctx)
		if err != nil {
			return err
		}
		before, err := s.DB.Status(e.ctx)
		if err != nil {
			return err
		}
		sent := 0
		err = up.Drain(e.ctx, c.Tries, station.Sleep, func(done, total int) {
			sent = done
			if done < total || done > 500 {
				e.note(schema.Text{ZH: "已同步 %d / %d 条", EN: "synced %d of %d"}, done, total)
			}
		})
		if err == nil {
			err = s.KeepServer(e.ctx)
		}
		return errors.Join(err, e.synced(s, sent, len(before.Quarantined), err == nil))
	})
}

// synced tells the end, also that of a sync that went only half the way.
func (e *env) synced(s *station.Station, sent, heldBefore int, whole bool) error {
	after, err := s.DB.Status(context.WithoutCancel(e.ctx))
	if err != nil {
		return err
	}
	if e.JSON {
		err = e.printJSON(syncOut{sent, after.Waiting, len(after.Quarantined)})
	} else if whole {
		e.print(schema.Text{ZH: "已同步，送出 %d 条\n", EN: "synced, %d sent\n"}.In(e.Lang), sent)
	}
	if err == nil && whole && len(after.Quarantined) > heldBefore {
		err = errQuarantined
	}
	return err
}

// watch runs until it is told to stop.
func (e *env) watch(s *station.Station) error {
	err := s.Run(e.ctx, func(again time.Duration, err error) {
		if err != nil {
			e.note(schema.Text{ZH: "%s（%s 后重试）", EN: "%s (again in %s)"}, explain(err).text.In(e.Lang), again.Round(time.Second))
		}
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
