package verify

import (
	"fmt"

	"roadbook/schema"
)

// Class is the kind of error of a finding.
type Class string

// The classes. Forked is information: both branches count, and nothing is wrong with the store.
const (
	Lost        Class = "lost"        // an accepted line, frame or record is gone
	Doubled     Class = "doubled"     // something counts, or is stored, more often than observed
	Stale       Class = "stale"       // a projection is behind the log
	Orphaned    Class = "orphaned"    // something counts, and no frame explains the count
	Altered     Class = "altered"     // something differs from its signature or its line
	Unprojected Class = "unprojected" // a frame was committed and never counted
	UnknownKey  Class = "unknown_key" // the key of a stream is not at hand: its signatures can't be checked
	Forked      Class = "forked"      // a sequence was used for two lines
)

// Finding is one error, or one piece of information about forks.
type Finding struct {
	Class Class       `json:"class"`
	Place string      `json:"place"` // "stream S", "frame S first-last", "record ID", "held ID", "sum UNIT DAY MEASURE", "group NAME"
	What  schema.Text `json:"what"`
	Do    schema.Text `json:"do"`
}

// IsFault reports whether the finding is an error.
func (f *Finding) IsFault() bool { return f.Class != Forked }

var remedies = map[Class]schema.Text{
	Lost:        {ZH: "用备份和日志副本恢复；设备会再次提供其保存的数据", EN: "restore from a backup and the journal; devices offer again what they keep"},
	Doubled:     {ZH: "运行 server rebuild 重新汇总，再次核验", EN: "run server rebuild, then verify again"},
	Stale:       {ZH: "运行 server rebuild 重新汇总，再次核验；记录仍有差异时从备份恢复", EN: "run server rebuild, then verify again; restore from a backup if a record still differs"},
	Orphaned:    {ZH: "没有原始数据支持：从备份和日志副本恢复，并查明何人改动了数据库", EN: "no frame explains it: restore from a backup and the journal, and find out who wrote to the database"},
	Altered:     {ZH: "原始数据或记录被改动：从备份和日志副本恢复，并查明原因", EN: "it was changed: restore from a backup and the journal, and find out why"},
	Unprojected: {ZH: "启动服务器，它会自动补做；若仍存在，查看服务器日志", EN: "start a server: it finishes such frames; if it stays, see the server's log"},
	UnknownKey:  {ZH: "签名无法核对：请恢复设备登记簿和密钥，或让该设备凭证书重新联网", EN: "its signatures can't be checked: restore the registry, or let the device come back with its certificate"},
	Forked:      {ZH: "无需处理：两个分支都已计入；设备可能被克隆或恢复过", EN: "nothing to do: both branches count; the device was cloned or restored"},
}

func finding(c Class, place, zh, en string, args ...any) Finding {
	return Finding{
		Class: c, Place: place, Do: remedies[c],
		What: schema.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)},
	}
}
