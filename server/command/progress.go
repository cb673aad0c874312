package command

import (
	"fmt"
	"strconv"
	"time"
)

// RefoldProgress prints the progress of deriving records anew.
func (p *Program) RefoldProgress() func(done, of int64) {
	return p.TenthsProgress("由原始登记重新归并 · deriving all records anew from the log")
}

// RecountProgress prints the progress of a recount.
func (p *Program) RecountProgress() func(done, of int64) {
	return p.TenthsProgress("重新计数 · counting anew")
}

// TenthsProgress prints a line after each tenth of the work.
func (p *Program) TenthsProgress(what string) func(done, of int64) {
	last := int64(-1)
	return func(done, of int64) {
		if tenth := done * 10 / max(of, 1); tenth != last && of > 0 {
			last = tenth
			fmt.Fprintln(p.Err, what+"  "+strconv.FormatInt(done, 10)+" / "+strconv.FormatInt(of, 10))
		}
	}
}

// TimedProgress prints a line every two seconds.
func (p *Program) TimedProgress() func(what string, done, of int64) {
	last := time.Now()
	return func(what string, done, of int64) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		fmt.Fprintf(p.Err, "%s: %d / %d\n", what, done, of)
	}
}
