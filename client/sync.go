package main

import (
	"context"
	"errors"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
	"roadbook/schema"
)

type syncCmd struct {
	Server string `env:"ROADBOOK_SERVER" help:"服务器的新地址，同步成功后沿用 / another address of the server, kept once a sync went through"`
	Tries  int    `default:"4" help:"连续失败几次后停止 / stop after so many failures in a row"`
	Watch  bool   `help:"一直运行：有新记录、到时间、网络恢复时同步 / stay and sync whenever there is something to do"`
}

// syncOut is the result of a sync, as JSON.
type syncOut struct {
	Sent        int   `json:"sent"`
	Waiting     int64 `json:"waiting"`
	Quarantined int   `json:"quarantined"` // in total

	Acts     []actOut       `json:"acts"` // of HQ, not shown before; newest first
	ActsMore int64          `json:"acts_more,omitempty"`
	Doubts   []recordDoubts `json:"doubts,omitempty"` // of records about whose doubts this sync told something new

	NoTargets []localdb.EmptyYear `json:"no_targets,omitempty"` // years near the present without targets, and the records that wait
}

// Run sends waiting lines and pulls news. Undelivered lines keep waiting.
func (c *syncCmd) Run(e *env) error {
	return e.withStation(c.Server, func(s *station.Station) error {
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
		unlock, err := e.waitForSyncLock(s, c.Server == "")
		if err != nil {
			return err
		}
		if unlock == nil { // another process has delivered everything
			return e.printSynced(s, 0, &before, true, nil)
		}
		defer unlock()
		sent, told, err := e.drain(s, up, c.Tries)
		if err == nil {
			err = s.KeepServer(e.ctx)
		}
		return errors.Join(err, e.printSynced(s, sent, &before, err == nil, told))
	})
}

// waitForSyncLock waits until no other process syncs this directory. unlock is nil if meanwhile the other process has
// delivered all waiting lines and deliveredIsEnough is set.
func (e *env) waitForSyncLock(s *station.Station, deliveredIsEnough bool) (unlock func(), err error) {
	printed := int64(-1)
	for {
		if unlock, ok := s.TryLockSync(); ok {
			return unlock, nil
		}
		waiting, err := s.DB.Waiting(e.ctx)
		if err != nil || waiting == 0 && deliveredIsEnough {
			return nil, err
		}
		if waiting != printed {
			printed = waiting
			e.note(schema.Text{ZH: "另一个 client sync 正在本机同步，等它送完（待同步 %d 条）…",
				EN: "another client sync is at work on this device; waiting for it (%d waiting) …"}, waiting)
		}
		if err := station.Sleep(e.ctx, time.Second, time.Second); err != nil {
			return nil, err
		}
	}
}

// drain sends and pulls everything, and prints progress: people end a command that stays silent for minutes.
func (e *env) drain(s *station.Station, up *syncer.Syncer, tries int) (sent int, told []string, err error) {
	var last string
	err = up.Drain(e.ctx, tries, station.Sleep, syncer.Progress{
		Sent: func(done, total int) {
			sent, last = done, ""
			if done < total || done > 500 {
				e.note(schema.Text{ZH: "已同步 %d / %d 条", EN: "synced %d of %d"}, done, total)
			}
		},
		Told: func(records []string) { told = append(told, records...) },
		Wait: func(failures int, again time.Duration, err error) {
			why := shortReason(err).In(e.Lang)
			if why != last {
				e.note(schema.Text{ZH: "第 %d 次失败：%s。%s后重试", EN: "failure %d: %s. Again in %s"}, failures, why, e.formatWait(again))
			} else {
				e.note(schema.Text{ZH: "第 %d 次失败，%s后重试", EN: "failure %d, again in %s"}, failures, e.formatWait(again))
			}
			last = why
		},
	})
	return sent, told, err
}

// printSynced prints the result, also of a sync with an error halfway.
func (e *env) printSynced(s *station.Station, sent int, before *localdb.Status, whole bool, told []string) error {
	ctx := context.WithoutCancel(e.ctx)
	after, err := s.DB.Status(ctx)
	if err != nil {
		return err
	}
	doubts := e.toldDoubts(ctx, s.DB, told)
	if after.Moved > before.Moved {
		e.note(schema.Text{ZH: "机关已把本机调到 %s：此后登记的归新单位，此前登记的仍归原单位",
			EN: "HQ has given this device to %s: what is logged from now on is that unit's, what was logged before stays as it is"}, after.Unit)
	}
	news, err := e.readNews(s.DB)
	if err != nil {
		return err
	}
	if e.JSON {
		err = e.printJSON(syncOut{sent, after.Waiting, len(after.Quarantined), news.json(s.DB.Schema()), news.more, doubts, e.noteNoTargets(ctx, s.DB)})
		e.markShown(s.DB, &news)
	} else if whole {
		e.print(schema.Text{ZH: "已同步，送出 %d 条\n", EN: "synced, %d sent\n"}.In(e.Lang), sent)
		e.tellNews(s.DB, &news)
		e.noteNoTargets(ctx, s.DB)
	}
	e.noteToldDoubts(doubts)
	if err == nil && whole && len(after.Quarantined) > len(before.Quarantined) {
		err = errQuarantined
	}
	return err
}

// watch runs until a signal ends the command.
func (e *env) watch(s *station.Station) error {
	told := ""
	err := s.Run(e.ctx, func(step syncer.Stepped) {
		if step.Err != nil {
			e.note(schema.Text{ZH: "%s（%s后重试）", EN: "%s (again in %s)"}, explain(step.Err).text.In(e.Lang), e.formatWait(step.Again))
		}
		e.noteToldDoubts(e.toldDoubts(e.ctx, s.DB, step.Told))
		if news, err := e.readNews(s.DB); err == nil && news.newest() != told {
			told = news.newest()
			e.tellNews(s.DB, &news)
		}
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
