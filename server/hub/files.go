package hub

import (
	"context"
	"errors"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
)

// fileCheckInterval is the interval for checking that lines can still be stored.
const fileCheckInterval = 2 * time.Second

// fileWarnings are the conditions in which a server answers but acknowledges nothing, and the remedies.
var fileWarnings = []struct {
	is   error
	code string
	text schema.Text
}{
	{store.ErrFull, "disk_full", schema.Text{
		ZH: "服务器磁盘已满：上报的数据暂不入库，仍在设备上等待；登录和查看不受影响。请腾出空间，无需重启，之后自动继续",
		EN: "the server's disk is full: what devices send is not taken in and waits on them; signing in and reading go on. Make room; no restart is needed",
	}},
	{store.ErrGone, "files_gone", schema.Text{
		ZH: "数据库文件在运行中被删除、替换或移走：此后一条也未确认，数据仍在设备上。请放回原文件；只是 -wal 文件不见或被换掉时，正常停止再启动即可；" +
			"数据库本身被删时先不要停止服务器，Linux 上可从 /proc/进程号/fd 复制出来，否则用 server restore 从备份恢复",
		EN: "the database's files were deleted, replaced or moved while in use: nothing was acknowledged since, devices keep it. Put them back; " +
			"where it is the -wal file alone, stop the server in order and start it; where the database itself is, do not stop the server yet: on Linux it can be copied from /proc/PID/fd, else server restore brings a backup back",
	}},
}

// checkFiles logs the beginning and the end of a condition in fileWarnings.
func (h *Hub) checkFiles(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, fileCheckInterval)
	defer cancel()
	err := h.store.Ready(ctx)
	if ctx.Err() != nil {
		return
	}
	now := fileWarningIndex(err)
	was := int(h.fileWarning.Swap(int32(now)))
	switch {
	case now == was:
	case now < 0:
		h.cfg.Log.Info("数据库恢复正常，继续接收 · the database can be written to again")
	default:
		text := fileWarnings[now].text
		h.cfg.Log.Error(text.ZH+" · "+text.EN, "code", fileWarnings[now].code, "err", err)
	}
}

// fileWarningIndex returns err's index in fileWarnings, or -1 if err is not listed.
func fileWarningIndex(err error) int {
	for i := range fileWarnings {
		if errors.Is(err, fileWarnings[i].is) {
			return i
		}
	}
	return -1
}
