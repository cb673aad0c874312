package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
)

type catalogueReviseCmd struct {
	Year   int      `arg:"" help:"年度 · year"`
	Items  []string `arg:"" optional:"" help:"指标编号、项目编码或序号、department：按沿用的值核定；不写则列出待核定的 · rows' ids, projects' codes or numbers, department: revised as carried over; none: list what is left"`
	Target string   `env:"-" placeholder:"≥90%" help:"该指标的新目标值，照目标文件书写 · the row's new target, as the document writes it"`
	Budget string   `env:"-" placeholder:"48万元" help:"该项目的新预算总额，写明万元或元 · the project's new budget, in 万元 or 元"`
	Other  string   `env:"-" placeholder:"2万元" help:"其中其他资金 · of it from other sources"`
	Plan   string   `env:"-" placeholder:"30,60,90,100" help:"该项目各时点的计划进度，累计百分数 · the project's plan, cumulative percent at each checkpoint"`
	Name   string   `env:"-" placeholder:"NAME" help:"该项目的新名称 · the project's new name"`
	Out    string   `type:"path" placeholder:"FILE" help:"写成下一版本的文件供修改，不发布 · write the next version to a file instead of publishing it"`
}

var (
	errPlainTarget = command.Usage("--target 应为 比较符、数字、单位，如 ≥90%；原文是一句话的，请用 --out 写出文件，改 target 各栏后发布 · " +
		"--target is an operator, a number and a unit, such as ≥90%; for words write the file with --out, edit its target and publish")
	errTargetOfOne = command.Usage("--target 须写明一个指标编号 · --target goes with the id of a row")
	errMoney       = command.Usage("金额应写明单位，如 48万元 或 480000元 · an amount names its unit: 48万元 or 480000元")
	errOtherMoney  = command.Usage("--other 须与 --budget 同用，且不大于它 · --other goes with --budget and is not more")
)

// Run revises items of the year's catalogue and publishes the next version.
func (ask *catalogueReviseCmd) Run(ctx context.Context, p *command.Program) error {
	if err := checkYears(ask.Year); err != nil {
		return err
	}
	return withPublished(ctx, p, func(s *catalogueSet) error {
		if len(ask.Items) == 0 && ask.Out == "" && ask.Target+ask.Budget+ask.Other+ask.Plan+ask.Name == "" {
			return ask.list(p, s)
		}
		return ask.revise(ctx, p, s)
	})
}

// revise tries again when another publication came first.
func (ask *catalogueReviseCmd) revise(ctx context.Context, p *command.Program, s *catalogueSet) error {
	const tries = 5
	for n := 1; ; n++ {
		r, file, err := ask.nextVersion(ctx, s)
		if err != nil {
			return err
		}
		if ask.Out != "" {
			if err := writeNew(ask.Out, r.Text); err != nil {
				return err
			}
			return ask.print(p, r, "已写出 · written  "+r.Name()+"  "+ask.Out, ask.Out)
		}
		_, err = hub.PublishIf(ctx, s.registry, schema.Default(), r.Text, file, hub.Now(), nil)
		if err == nil {
			return ask.print(p, r, "已发布 · published  "+r.Name(), "")
		}
		if raced := errors.Is(err, hub.ErrPublished) || errors.Is(err, hub.ErrOlder); !raced || n == tries {
			return fmt.Errorf("%w\n未发布，未作任何更改 · not published, nothing was changed", err)
		}
		if s.all, err = hub.Catalogues(ctx, s.registry, schema.Default()); err != nil {
			return err
		}
	}
}

// nextVersion writes the next version of the year's catalogue.
func (ask *catalogueReviseCmd) nextVersion(ctx context.Context, s *catalogueSet) (r *catalogue.Revised, file string, err error) {
	c, err := s.forYear(ask.Year)
	if err != nil {
		return nil, "", err
	}
	text, err := hub.CatalogueText(ctx, s.registry, c)
	if err != nil {
		return nil, "", err
	}
	facts, err := ask.facts(c)
	if err != nil {
		return nil, "", err
	}
	r, err = catalogue.Revise(text, c.File, schema.Default(), ask.Items, facts)
	switch {
	case errors.Is(err, catalogue.ErrOwn):
		return nil, "", command.Fail(command.ExitNoSuch, err.Error())
	case errors.Is(err, catalogue.ErrNoItem), errors.Is(err, catalogue.ErrOneItem), errors.Is(err, catalogue.ErrRevise):
		return nil, "", command.Usage(err.Error())
	}
	return r, c.File, err
}

// facts reads the flags with new values.
func (ask *catalogueReviseCmd) facts(c *catalogue.Catalogue) (to catalogue.NewFacts, err error) {
	if ask.Target != "" {
		if len(ask.Items) != 1 {
			return to, errTargetOfOne
		}
		was := catalogue.Target{}
		for _, i := range c.Indicators() {
			if strings.EqualFold(i.ID, ask.Items[0]) {
				was = i.Target
			}
		}
		var ok bool
		if to.Target, ok = catalogue.ParseTarget(schema.CleanName(ask.Target), was); !ok {
			return to, errPlainTarget
		}
	}
	if to.Budget, err = ask.budget(); err != nil {
		return to, err
	}
	for _, part := range strings.FieldsFunc(ask.Plan, func(r rune) bool { return strings.ContainsRune(",，、 %％", r) }) {
		percent, ok := new(big.Rat).SetString(part)
		if !ok {
			return to, command.Usage("--plan 应为各时点的累计百分数，如 30,60,90,100 · --plan lists cumulative percents: " + part)
		}
		to.Plan = append(to.Plan, percent.FloatString(2))
	}
	to.Name = schema.CleanName(ask.Name)
	return to, nil
}

func (ask *catalogueReviseCmd) budget() (*catalogue.Budget, error) {
	if ask.Budget == "" {
		if ask.Other != "" {
			return nil, errOtherMoney
		}
		return nil, nil //nolint:nilnil // no new budget
	}
	total, err := readMoney(ask.Budget)
	if err != nil {
		return nil, err
	}
	b := &catalogue.Budget{Total: total.FloatString(2), Fiscal: total.FloatString(2)}
	if ask.Other != "" {
		other, err := readMoney(ask.Other)
		if err != nil {
			return nil, err
		}
		if other.Cmp(total) > 0 {
			return nil, errOtherMoney
		}
		b.Other, b.Fiscal = new(other.FloatString(2)), new(big.Rat).Sub(total, other).FloatString(2)
	}
	return b, nil
}

var moneyText = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{1,6})?)(万元|元)$`)

// readMoney reads an amount in 万元 or 元. A number without its unit may be either, and is refused.
func readMoney(text string) (*big.Rat, error) {
	m := moneyText.FindStringSubmatch(strings.NewReplacer(",", "", "，", "", " ", "").Replace(text))
	if m == nil {
		return nil, errMoney
	}
	amount, _ := new(big.Rat).SetString(m[1])
	if m[2] == "万元" {
		amount.Mul(amount, big.NewRat(10_000, 1))
	}
	return amount, nil
}

func (ask *catalogueReviseCmd) print(p *command.Program, r *catalogue.Revised, done, file string) error {
	left := r.CarriedItems()
	if err := p.Print(map[string]any{"name": r.Name(), "file": file, "to_revise": orNone(left), "notes_dropped": orNone(r.Dropped)},
		"%s\n还有 %d 项待核定 · %d items left to be revised\n", done, len(left), len(left)); err != nil || p.JSON {
		return err
	}
	for _, words := range r.Dropped {
		fmt.Fprintf(p.Out, "去掉了引用旧值的口径疑点 · a doubt that quotes the value before was taken out: %s\n", words)
	}
	return nil
}

// list prints what is still carried over.
func (ask *catalogueReviseCmd) list(p *command.Program, s *catalogueSet) error {
	c, err := s.forYear(ask.Year)
	if err != nil {
		return err
	}
	for _, item := range c.CarriedItems() {
		name, value := c.Department.Name, c.Department.Slogan
		if i, ok := c.Indicator(item); ok {
			name, value = i.Name, i.Target.Raw
		}
		for _, pr := range c.Projects {
			if pr.Code == item {
				name, value = pr.Name, pr.Budget.Total+" 元  "+strings.Join(pr.Plan, " ")
			}
		}
		err := p.Print(map[string]any{"item": item, "name": name, "value": value, "from": c.CarriedFrom(item)}, "%s\t%s\t%s\t%d\n", item, name, value, c.CarriedFrom(item))
		if err != nil {
			return err
		}
	}
	if p.JSON {
		return nil
	}
	n := len(c.CarriedItems())
	fmt.Fprintf(p.Out, "%s：%d 项待核定 · %d items to be revised\n", c.Name(), n, n)
	for _, i := range c.Indicators() {
		if i.CarriedFrom != 0 {
			fmt.Fprintf(p.Out, "server catalogue revise %d %s    # 沿用不变 · as it is\nserver catalogue revise %d %s --target '%s'    # 新目标值 · a new target\n",
				c.Year, i.ID, c.Year, i.ID, i.Target.Op+i.Target.Value+i.Target.Unit)
			break
		}
	}
	for _, pr := range c.Projects {
		if pr.CarriedFrom != 0 {
			fmt.Fprintf(p.Out, "server catalogue revise %d %d --budget 48万元 --plan %s\n", c.Year, pr.No, strings.Join(pr.Plan, ","))
			break
		}
	}
	return nil
}
