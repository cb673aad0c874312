package command

import (
	"errors"
	"fmt"

	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/hub"
	"roadbook/server/imports"
	"roadbook/server/store"
	"roadbook/server/transfer"
)

// Exit codes: scripts may rely on them.
const (
	ExitOK          = 0
	ExitFault       = 1  // something went wrong that the other codes don't name
	ExitUsage       = 2  // the command line is wrong
	ExitInUse       = 3  // another process has the data directory
	ExitUnavailable = 4  // the database does not answer
	ExitNoSuch      = 5  // no such user or device, or it exists already
	ExitFaulty      = 6  // import: the table has faults
	ExitFindings    = 7  // verify: something is not as it should be
	ExitDenied      = 8  // the database refuses the sign-in, or its user may not do this
	ExitFull        = 9  // the database has no space left
	ExitNewer       = 10 // a newer program wrote the database
)

// ExitCodes says them in the help.
const ExitCodes = `退出码 / exit codes: 0 正常 ok, 1 故障 fault, 2 用法或目录文件有误 usage or a faulty catalogue, 3 数据目录被占用 data directory in use, 4 数据库不可用 database unavailable, 5 不存在或已存在 no such or exists, 6 导入的表有错 the table to import has faults, 7 核验发现问题 verify found something wrong, 8 数据库拒绝访问 database denies access, 9 数据库空间已满 database full, 10 数据库版本更新 database newer.`

// failure is an error with an exit code.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

// Fail is an error of a command, with its exit code.
func Fail(code int, text string) error { return &failure{code, text} }

// Usage is the error of a command line that says what can't be.
func Usage(text string) error { return Fail(ExitUsage, text) }

// Within refuses a number that is not from least to most.
func CheckRange(flag string, n, least, most int) error {
	if n >= least && n <= most {
		return nil
	}
	return Usage(fmt.Sprintf("%s 应为 %d 到 %d，而给出的是 %d · %[1]s is from %[2]d to %[3]d, not %[4]d", flag, least, most, n))
}

// exitCodes of the errors of other packages.
var exitCodes = []struct {
	code int
	errs []error
}{
	{ExitInUse, []error{hub.ErrInUse}},
	{ExitNoSuch, []error{
		store.ErrNotFound, store.ErrExists, hub.ErrPublished, hub.ErrOlder,
		transfer.ErrEmpty, transfer.ErrTaken, transfer.ErrMoved, transfer.ErrBackup, transfer.ErrNoBackup,
	}},
	{ExitFaulty, []error{imports.ErrFaults}},
	{ExitUsage, []error{imports.ErrUndone, catalogue.ErrCopy}},
}

func exitCode(err error) int {
	if t := databaseErrorOf(err); t != nil {
		return t.code
	}
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	for _, row := range exitCodes {
		for _, is := range row.errs {
			if errors.Is(err, is) {
				return row.code
			}
		}
	}
	if auth.IsRefusal(err) || errors.As(err, new(catalogue.Faults)) {
		return ExitUsage
	}
	return ExitFault
}
