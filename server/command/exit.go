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
	ExitFault       = 1  // no other code fits
	ExitUsage       = 2  // the command line is wrong
	ExitInUse       = 3  // another process has the data directory
	ExitUnavailable = 4  // the database does not answer
	ExitNoSuch      = 5  // no such user or device, or the name is taken
	ExitFaulty      = 6  // import: the table has faults
	ExitFindings    = 7  // verify: at least one finding
	ExitDenied      = 8  // the database refuses the sign-in, or lacks rights for its user
	ExitFull        = 9  // the database has no space left
	ExitNewer       = 10 // a newer program wrote the database
)

// ExitCodes lists the exit codes for the help.
const ExitCodes = `退出码 / exit codes: 0 正常 ok, 1 故障 fault, 2 用法或指标目录文件有误 usage or a faulty catalogue, 3 数据目录被占用 data directory in use, 4 数据库不可用 database unavailable, 5 不存在或已存在 no such or exists, 6 导入的表有错 the table to import has faults, 7 核验发现问题 verify found something wrong, 8 数据库拒绝访问 database denies access, 9 数据库空间已满 database full, 10 数据库由更高版本的程序写入 database newer.`

// failure is an error with an exit code.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

// Fail makes an error of a command, with its exit code.
func Fail(code int, text string) error { return &failure{code, text} }

// Usage makes the error of a wrong command line.
func Usage(text string) error { return Fail(ExitUsage, text) }

// CheckRange refuses a number outside least to most.
func CheckRange(flag string, n, least, most int) error {
	if n >= least && n <= most {
		return nil
	}
	return Usage(fmt.Sprintf("%s 应为 %d 到 %d，而给出的是 %d · %[1]s is from %[2]d to %[3]d, not %[4]d", flag, least, most, n))
}

// exitCodes maps errors of other packages to exit codes.
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
	if f, ok := errors.AsType[*failure](err); ok {
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
