package demo

import (
	"context"
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

// The registry entry that marks a demo's database.
const (
	markerSection = "server"
	markerName    = "demo"
)

// marker marks a database as a demo's.
type marker struct {
	Seed  string `json:"seed"`
	Lived bool   `json:"lived"` // the fleet has sent its whole year
	Years []int  `json:"years"` // years with a catalogue beside the program's own
}

// yearsWith are the marker's years and the given year, sorted.
func (m *marker) yearsWith(year int) []int {
	years := slices.Clone(m.Years)
	if !slices.Contains(years, year) {
		years = append(years, year)
	}
	slices.Sort(years)
	return years
}

func thisYear() int { return clock.DayOf(time.Now().UnixMilli()).Year() }

func inChina(t time.Time) string { return t.In(clock.Shanghai).Format(time.RFC3339) }

// noticeFile explains a demo's data directory to people. Only the marker in the database has an effect.
const (
	noticeFile = "DEMO.txt"
	notice     = "演示数据，均为虚构。删除：先停止服务器，再运行 server demo remove --data 本目录\n" +
		"Demo data, all of it invented. To remove it stop the server, then run: server demo remove --data THIS-DIRECTORY\n"
)

// writeNotice writes the notice into the data directory of the embedded store.
func writeNotice(cfg hub.Config) error {
	if cfg.Mongo != "" {
		return nil
	}
	return os.WriteFile(filepath.Join(cfg.Data, noticeFile), []byte(notice), 0o600)
}

// hasNotice reports whether the directory has the notice.
func hasNotice(cfg hub.Config) bool {
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

// claimDatabase decides whose database the demo would use. No data: a new demo. An interrupted demo is removed and started
// over; a complete demo is kept. Other data: errNotDemo.
func (c *runCmd) claimDatabase(ctx context.Context, p *command.Program, cfg hub.Config) (marker, error) {
	fresh := marker{Seed: strconv.FormatUint(c.Seed, 10), Years: []int{thisYear()}}
	mark, whose, err := inspectDatabase(ctx, cfg)
	switch {
	case err != nil:
		return mark, err
	case whose == ownedByNobody:
		return fresh, nil
	case whose == demoRemains:
		return fresh, removeAll(ctx, cfg)
	case whose == ownedByOthers:
		return mark, errNotDemo
	case mark.Lived:
		mark.Years = mark.yearsWith(thisYear())
		return mark, nil
	}
	fmt.Fprintln(p.Err, "上次的演示数据没有生成完，重新开始 · the demo data were cut off last time: starting over")
	return fresh, removeAll(ctx, cfg)
}

// ownership says whose data a database holds.
type ownership int

const (
	ownedByNobody ownership = iota
	demoRemains             // a demo's directory without its database
	ownedByDemo
	ownedByOthers
)

// inspectDatabase reads the ownership of a database without running a server.
func inspectDatabase(ctx context.Context, cfg hub.Config) (mark marker, whose ownership, err error) {
	s, closeStore, err := hub.OpenStore(ctx, cfg)
	if errors.Is(err, store.ErrNotFound) {
		return mark, ownedByNobody, nil
	}
	if errors.Is(err, hub.ErrGone) && hasNotice(cfg) {
		return mark, demoRemains, nil
	}
	if err != nil {
		return mark, ownedByOthers, err
	}
	mark, whose, err = ownershipOf(ctx, s)
	return mark, whose, errors.Join(err, closeStore())
}

func ownershipOf(ctx context.Context, s store.Store) (mark marker, whose ownership, err error) {
	mark, _, err = readMarker(ctx, s)
	if err == nil {
		return mark, ownedByDemo, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return mark, ownedByOthers, err
	}
	n, err := s.Counts(ctx)
	if err != nil {
		return mark, ownedByOthers, err
	}
	users, err := s.List(ctx, "user", "", 1)
	if err != nil || n.Frames > 0 || len(users) > 0 {
		return mark, ownedByOthers, err
	}
	return mark, ownedByNobody, nil
}

func readMarker(ctx context.Context, r store.Registry) (m marker, e store.Entry, err error) {
	return store.GetJSON[marker](ctx, r, markerSection, markerName)
}

// Catalogues finds a database's additional catalogues: a demo's data stay a demo's under every command.
func Catalogues(ctx context.Context, r store.Registry, s *schema.Schema) ([]*catalogue.Catalogue, bool, error) {
	if _, _, err := readMarker(ctx, r); errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	more, err := presentCatalogues(ctx, r, s)
	return more, true, err
}

func saveMarker(ctx context.Context, r store.Registry, m marker) error {
	_, e, err := store.FindJSON[marker](ctx, r, markerSection, markerName)
	if err == nil {
		_, err = store.PutJSON(ctx, r, e, m)
	}
	return err
}
