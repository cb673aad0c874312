package wire

import "roadbook/schema"

// HQ reports whether the act is one that only streams of HQ users may hold.
func (a Act) HQ() bool {
	return a == Link || a == Separate || a == Review || a == Release
}

// Known reports whether the act is one of this version.
func (a Act) Known() bool {
	return a == Create || a == Amend || a == Void || a == Restore || a.HQ()
}

// Check returns every fault of a parsed line that does not depend on its kind: version, act, the members
// that the act needs, the form of ids. It is empty for a good line.
func (l *Line) Check() schema.Faults {
	var fs schema.Faults
	if l.V != LineVersion {
		fs = append(fs, fault(FaultVersion, "v", "行格式版本不支持", "line version not supported"))
	}
	if !l.Act.Known() {
		fs = append(fs, fault(FaultAct, "act", "操作类型未知", "unknown act"))
	}
	if !isID(l.Clock.Boot, BootLen) {
		fs = append(fs, fault(FaultBoot, "clock.boot", "启动标识格式不正确", "not a boot id"))
	}
	return append(append(fs, l.missing()...), l.badIDs()...)
}

func (l *Line) missing() schema.Faults {
	var fs schema.Faults
	need := func(when bool, name string, there bool) {
		if when && !there {
			fs = append(fs, fault(FaultMissing, name, "缺少该项", "missing"))
		}
	}
	says := l.Act == Create || l.Act == Amend
	need(true, "kind", l.Kind != "")
	need(says, "catalogue", l.Catalogue != "")
	need(says, "fields", len(l.Fields) > 0)
	need(l.Act != Create && l.Act != Release, "record", l.Record != "")
	need(l.Act == Link, "group", l.Group != "")
	need(l.Act == Release, "target", l.Target != "")
	return fs
}

func (l *Line) badIDs() schema.Faults {
	var fs schema.Faults
	id := func(name, value string) {
		if value != "" && !isObsID(value) {
			fs = append(fs, fault(FaultID, name, "编号格式不正确", "not an observation id"))
		}
	}
	id("record", l.Record)
	id("item", l.Item)
	id("target", l.Target)
	for _, seen := range l.Seen {
		if !isObsID(seen) {
			fs = append(fs, fault(FaultID, "seen", "编号格式不正确", "not an observation id"))
			break
		}
	}
	return fs
}

func fault(code, field, zh, en string) schema.Fault {
	return schema.Fault{Code: code, Field: field, Message: schema.Text{ZH: zh, EN: en}}
}
