package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/store"
	"roadbook/sync/clock"
)

var (
	errNotDemo = command.Fail(command.ExitNoSuch, "数据目录里是真实数据，不能用作演示，也不会被删除 / the data directory holds real data: not for a demo, and not removed")
	errUnsure  = command.Usage("未删除：确认请输入 yes，或加上 --yes · not removed: type yes, or say --yes")
)

// The entry that tells a demo's data from real ones.
const (
	demoBucket = "server"
	demoEntry  = "demo"
)

// ownMark says that a database is a demo's.
type ownMark struct {
	Seed  string `json:"seed"`
	Lived bool   `json:"lived"` // the fleet has sent all it had to say
	Years []int  `json:"years"` // for which it has a catalogue beside the program's own
}

// yearsWith are the mark's years and this one.
func (m *ownMark) yearsWith(year int) []int {
	years := slices.Clone(m.Years)
	if !slices.Contains(years, year) {
		years = append(years, year)
	}
	slices.Sort(years)
	return years
}

func thisYear() int { return clock.DayOf(time.Now().UnixMilli()).Year() }

func today() string { return time.Now().In(clock.Shanghai).Format(time.RFC3339) }

// noticeFile tells who comes upon the data directory what is in it. The mark in the database is what decides.
const (
	noticeFile = "DEMO.txt"
	notice     = "演示数据，均为虚构。删除：先停止服务器，再运行 server demo remove --data 本目录\n" +
		"Demo data, all of it invented. To remove it stop the server, then run: server demo remove --data THIS-DIRECTORY\n"
)

// putNotice stands in the data directory of the embedded store.
func putNotice(cfg hub.Config) error {
	if cfg.Mongo != "" {
		return nil
	}
	return os.WriteFile(filepath.Join(cfg.Data, noticeFile), []byte(notice), 0o600)
}

// noticed tells whether the notice stands there.
func noticed(cfg hub.Config) bool {
	_, err := os.Stat(filepath.Join(cfg.Data, noticeFile))
	return err == nil
}

// removeAll deletes the database and the notice.
func removeAll(ctx context.Context, cfg hub.Config) error {
	if cfg.Mongo == "" {
		if err := os.Remove(filepath.Join(cfg.Data, noticeFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return hub.Remove(ctx, cfg)
}

// claimed looks whose data stand where the demo is to run. Without any it is a new demo; a demo that was cut off is
// removed and begun again; a whole one is served as it is. errNotDemo where there are data that no demo made.
func (c *runCmd) claimed(ctx context.Context, p *command.Program, cfg hub.Config) (ownMark, error) {
	fresh := ownMark{Seed: strconv.FormatUint(c.Seed, 10), Years: []int{thisYear()}}
	mark, whose, err := lookAt(ctx, cfg)
	switch {
	case err != nil:
		return mark, err
	case whose == nobodys:
		return fresh, nil
	case whose == remains:
		return fresh, removeAll(ctx, cfg)
	case whose == others:
		return mark, errNotDemo
	case mark.Lived:
		mark.Years = mark.yearsWith(thisYear())
		return mark, nil
	}
	fmt.Fprintln(p.Err, "上次的演示数据没有生成完，重新开始 · the demo data were cut off last time: starting over")
	return fresh, removeAll(ctx, cfg)
}

// owner says whose a database is.
type owner int

const (
	nobodys owner = iota
	remains       // of a demo whose database is gone
	demos
	others
)

// lookAt reads what stands in a database, without running a server on it.
func lookAt(ctx context.Context, cfg hub.Config) (mark ownMark, whose owner, err error) {
	s, closeStore, err := hub.OpenStore(ctx, cfg)
	if errors.Is(err, store.ErrNotFound) {
		return mark, nobodys, nil
	}
	if errors.Is(err, hub.ErrGone) && noticed(cfg) {
		return mark, remains, nil
	}
	if err != nil {
		return mark, others, err
	}
	mark, whose, err = ownerOf(ctx, s)
	return mark, whose, errors.Join(err, closeStore())
}

func ownerOf(ctx context.Context, s store.Store) (mark ownMark, whose owner, err error) {
	mark, _, err = readMark(ctx, s)
	if err == nil {
		return mark, demos, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return mark, others, err
	}
	n, err := s.Counts(ctx)
	if err != nil {
		return mark, others, err
	}
	users, err := s.List(ctx, "user", "", 1)
	if err != nil || n.Frames > 0 || len(users) > 0 {
		return mark, others, err
	}
	return mark, nobodys, nil
}

func readMark(ctx context.Context, r store.Registry) (m ownMark, e store.Entry, err error) {
	if e, err = r.Get(ctx, demoBucket, demoEntry); err != nil {
		return m, store.Entry{Section: demoBucket, Name: demoEntry}, err
	}
	return m, e, json.Unmarshal(e.Data, &m)
}

// Catalogues are those that a command finds beside the program's own: a demo's stay a demo's, whoever opens them.
func Catalogues(ctx context.Context, r store.Registry, s *schema.Schema) ([]*catalogue.Catalogue, bool, error) {
	if _, _, err := readMark(ctx, r); errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	more, err := presentYear(ctx, r, s)
	return more, true, err
}

func putMark(ctx context.Context, r store.Registry, m ownMark) error {
	_, e, err := readMark(ctx, r)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if e.Data, err = json.Marshal(m); err != nil {
		return err
	}
	_, err = r.Put(ctx, e)
	return err
}
