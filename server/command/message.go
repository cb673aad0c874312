package command

import (
	"errors"
	"net"
	"strings"

	"roadbook/server/hub"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// databaseError is a reason why a database can't be used: a remedy in words, and an exit code.
type databaseError struct {
	is   error
	code int
	text string
}

// databaseErrors are checked in this order: some errors match several rows.
var databaseErrors = []databaseError{
	{hub.ErrAddress, ExitUsage, "数据库地址写法有误，未连接，未作更改：应为 mongodb://用户:口令@主机:端口/库名，口令中的 @ : / % 写成 %40 %3A %2F %25 · " +
		"the address of the database can't be read; nothing was asked or changed: write mongodb://USER:PASSWORD@HOST:PORT/DATABASE, with @ : / % in a password as %40 %3A %2F %25"},
	{hub.ErrSignIn, ExitDenied, "数据库拒绝登录，未作更改：请核对用户名、口令，用户建在别的库时加上 authSource · " +
		"the database refused the sign-in; nothing was changed: check user and password, and add authSource if the user was made in another database"},
	{hub.ErrForeign, ExitFault, "这里的 roadbook.db 不是服务器的数据库，文件未动：--data（或 ROADBOOK_DATA）是否指向了客户端的目录？请另指一个；若确是服务器的目录，则文件已损坏，请用 server restore 从备份恢复 · " +
		"this roadbook.db is not a server's database; it was left as it is: does --data (or ROADBOOK_DATA) name a client's directory? Name another; if it is a server's, the file is damaged: server restore brings a backup back"},
	{hub.ErrGone, ExitFault, "这里运行过服务器，但数据库 roadbook.db 不见了或是空的，未作更改。请把它连同 roadbook.db-wal 从副本放回，或用 server restore 备份目录 --data 本目录 恢复；确实没有任何副本时，server serve --new 另起一台新服务器，各设备须重新登记 · " +
		"a server ran here, but its database roadbook.db is missing or empty; nothing was changed. Put it back from a copy, with its roadbook.db-wal, or run server restore BACKUP --data DIR; only where there is no copy at all: server serve --new starts a new server, at which every device enrolls again"},
	{hub.ErrNothingLost, ExitUsage, "--new 只用于数据库已丢失的目录，这里没有丢失，未作更改：请去掉 --new · " +
		"--new is for a directory that lost its database, and this one did not; nothing was changed: start without it"},
	{store.ErrDenied, ExitDenied, "数据库不允许这样做：请为该用户授予此库的 readWrite 角色；地址中没有用户时请写上 · " +
		"the database does not allow this: grant its user the role readWrite on this database, or name a user in the address if there is none"},
	{store.ErrFull, ExitFull, "数据库空间已满：请在数据库所在磁盘腾出空间后重试；未确认的数据仍在设备上，会再次上报 · " +
		"the database has no space left: make room on its disk, then try again; devices keep what was not confirmed and send it again"},
	{store.ErrGone, ExitFault, "数据库文件在运行中被删除、替换或移走，此后未确认任何数据：请勿再删任何文件，放回原文件或重新启动 · " +
		"the database's files were deleted, replaced or moved while in use; nothing was acknowledged since: delete nothing more, put them back or start anew"},
	{store.ErrNewer, ExitNewer, "数据由更高版本的程序写入，未作更改：请升级本程序 · written by a newer version; nothing was changed: upgrade this program"},
	{store.ErrUnavailable, ExitUnavailable, "数据库不可用，请检查 --mongo 与数据库后重试 · the database does not answer: check --mongo and the database, then try again"},
}

// databaseErrorOf is the row of an error; nil if no row matches.
func databaseErrorOf(err error) *databaseError {
	for i := range databaseErrors {
		if errors.Is(err, databaseErrors[i].is) {
			return &databaseErrors[i]
		}
	}
	return nil
}

// Message explains an error in both languages, as far as its cause is known.
func Message(err error) string {
	var refusal *wire.Error
	var missing *query.NoCatalogue
	said := HideSecrets(err.Error())
	switch {
	case errors.As(err, &missing): // a person at the server may publish
		text := missing.ForHQ().Message
		return text.ZH + " · " + text.EN
	case errors.As(err, &refusal):
		bad := wire.Refuse(wire.CodeBadRequest, "").Message // fits a request, not a command line
		return strings.TrimPrefix(refusal.Message.ZH, bad.ZH+"：") + " · " + strings.TrimPrefix(refusal.Message.EN, bad.EN+": ")
	case errors.Is(err, store.ErrNotFound):
		return "不存在，可用 server user list 或 device list 查看，并核对 --data · no such thing: see server user list or device list, and check --data (" + said + ")"
	case errors.Is(err, store.ErrExists):
		return "已存在，可用 server user list 查看，改口令用 user passwd · it exists: see server user list; user passwd sets a password (" + said + ")"
	case databaseErrorOf(err) != nil:
		return databaseErrorOf(err).text + " (" + strings.Join(strings.Fields(said), " ") + ")" // a database's own text may have several lines
	case errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.AddrError)):
		return "监听或连接失败，请检查 --listen 的地址和端口是否已被占用 · can't listen or connect: check the address of --listen, and whether its port is taken (" + said + ")"
	}
	return said
}
