package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/sync/clock"
)

type catalogueAdoptCmd struct {
	From    int  `arg:"" help:"沿用哪一年的目录 · year to take the catalogue from"`
	To      int  `arg:"" help:"用于哪一年 · year to put it into force for"`
	AnyYear bool `env:"-" help:"去年之前或明年之后的年度也可 · also for a year before last year or after next year"`
}

// Run publishes a year's catalogue for another year, everything marked as carried over.
func (ask *catalogueAdoptCmd) Run(ctx context.Context, p *command.Program) error {
	if err := checkYears(ask.From, ask.To); err != nil {
		return err
	}
	if err := ask.checkDistance(clock.DayOf(hub.Now().UnixMilli()).Year()); err != nil {
		return err
	}
	return withPublished(ctx, p, func(s *catalogueSet) error { return ask.adopt(ctx, p, s) })
}

// checkDistance refuses a year that is likely a slip of the hand: a publication is for good.
func (ask *catalogueAdoptCmd) checkDistance(now int) error {
	if ask.AnyYear || now-1 <= ask.To && ask.To <= now+1 {
		return nil
	}
	return command.Usage(fmt.Sprintf("现在是 %d 年（按本机时钟），通常只为去年、今年或明年沿用，而给出的是 %d。确为该年，请加 --any-year · "+
		"by this machine's clock it is %d: a catalogue is adopted for last year, this year or the next, not %d. If that year is meant, add --any-year", now, ask.To, now, ask.To))
}

func (ask *catalogueAdoptCmd) adopt(ctx context.Context, p *command.Program, s *catalogueSet) error {
	if err := s.checkFree(ask.To, s.all); err != nil {
		return err
	}
	made, text, err := s.carryOver(ctx, ask.From, ask.To)
	if err != nil {
		return err
	}
	from, err := s.forYear(ask.From)
	if err != nil {
		return err
	}
	free := func(_ *catalogue.Catalogue, all []*catalogue.Catalogue) error { return s.checkFree(ask.To, all) }
	if made, err = hub.PublishIf(ctx, s.registry, schema.Default(), text, made.ID+".yaml", hub.Now(), free); err != nil {
		return fmt.Errorf("%w\n未发布，未作任何更改 · not published, nothing was changed", err)
	}
	n, origin := made.Carried(), originOf(made)
	return p.Print(map[string]any{"name": made.Name(), "from": from.Name(), "digest": made.Digest, "to_revise": made.CarriedItems()},
		"已沿用 · adopted  %s → %s  %s\n"+
			"%d 年几秒内生效，以前登记的该年记录一并计入 · in force for %d within seconds, what was recorded for that year before is counted too\n"+
			"%d 项指标值、%d 个项目的预算和计划、部门年度目标沿用 %s 年，标为待核定：核定前不判定、不亮灯、不评分 · "+
			"%d targets, %d budgets with their plans and the department's goals are those of %s: no verdict, no light and no score until revised\n"+
			"逐项核定 · revise one after the other: server catalogue revise %d\n",
		from.Name(), made.Name(), made.Digest, made.Year, made.Year, n.Rows, n.Projects, origin, n.Rows, n.Projects, origin, made.Year)
}

// checkFree refuses a year that has a catalogue.
func (s *catalogueSet) checkFree(year int, all []*catalogue.Catalogue) error {
	c := catalogue.ForYear(all, year)
	if c == nil {
		c = catalogue.ForYear(s.extra, year)
	}
	if c == nil {
		return nil
	}
	return command.Fail(command.ExitNoSuch, fmt.Sprintf("%d 年已有目录 %s，未作更改。核定沿用的指标用 server catalogue revise %d；另发新版本用 server catalogue publish · "+
		"the year %d has a catalogue, %s; nothing was changed. To revise what was carried over: server catalogue revise %d; for another version: server catalogue publish",
		year, c.Name(), year, year, c.Name(), year))
}

// originOf lists the years from which a catalogue's items were carried over: "2020, 2026".
func originOf(c *catalogue.Catalogue) string {
	var years []int
	for _, item := range c.CarriedItems() {
		years = append(years, c.CarriedFrom(item))
	}
	slices.Sort(years)
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(slices.Compact(years)), "[]"), " ", ", ")
}
