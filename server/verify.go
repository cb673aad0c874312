package main

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/verify"
)

var errFindings = command.Fail(command.ExitFindings, "核验发现问题，处理办法见各条 · something is not as it should be: each finding says what to do")

// settleTime gives writers time to finish before a doubtful result is checked again.
const settleTime = 300 * time.Millisecond

// verifyGCPercent lets the heap grow less than usual between collections: a verification keeps many objects for long,
// and memory is its scarce resource.
const verifyGCPercent = 50

// verifySummary is the last line of a verification's JSON.
type verifySummary struct {
	Frames       int64 `json:"frames"`
	Observations int64 `json:"observations"`
	Records      int64 `json:"records"`
	Held         int64 `json:"held"`
	Groups       int64 `json:"groups"`
	Sums         int64 `json:"sums"`
	Findings     int64 `json:"findings"`
	Notes        int64 `json:"notes"`
}

type verifyCmd struct{}

// Run checks the whole store and prints every finding. A server may be running.
func (*verifyCmd) Run(ctx context.Context, p *command.Program) (err error) {
	l, err := hub.OpenReadOnly(ctx, p.Config("data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	defer debug.SetGCPercent(debug.SetGCPercent(verifyGCPercent))
	var failed error
	out, err := verify.Run(ctx, verify.Config{
		Store: l.Store, Schema: l.Schema, Counter: l.Counter, Keys: l.Auth.StreamKeys, Now: time.Now, Wait: waitForWriters,
		Progress: verifyProgress(p),
		Found:    func(f verify.Finding) { failed = errors.Join(failed, printFinding(p, &f)) },
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if err := printSummary(p, &out); err != nil {
		return err
	}
	if out.Faults > 0 {
		return errFindings
	}
	return nil
}

func waitForWriters(ctx context.Context) error {
	select {
	case <-time.After(settleTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// verifyProgress prints the progress of a long run every two seconds.
func verifyProgress(p *command.Program) func(stage string, done, of int64) {
	names := map[string]string{"frames": "帧 · frames", "records": "记录 · records", "sums": "汇总 · sums"}
	progress := p.TimedProgress()
	return func(stage string, done, of int64) { progress("核验 · verifying: "+names[stage], done, of) }
}

func printFinding(p *command.Program, f *verify.Finding) error {
	return p.Print(f, "%s  %s\n  %s · %s\n  → %s · %s\n", f.Class, f.Place, f.What.ZH, f.What.EN, f.Do.ZH, f.Do.EN)
}

func printSummary(p *command.Program, s *verify.Summary) error {
	return p.Print(verifySummary{s.Frames, s.Observations, s.Records, s.Quarantined, s.Groups, s.Sums, s.Faults, s.Notes},
		"已核验 %d 帧、%d 条登记、%d 条记录、%d 行隔离、%d 组、%d 项汇总：%d 处问题，%d 处提示\n"+
			"verified %d frames, %d observations, %d records, %d quarantined lines, %d groups, %d sums: %d findings, %d notes\n",
		s.Frames, s.Observations, s.Records, s.Quarantined, s.Groups, s.Sums, s.Faults, s.Notes,
		s.Frames, s.Observations, s.Records, s.Quarantined, s.Groups, s.Sums, s.Faults, s.Notes)
}
