package merge

import "roadbook/schema"

// Codes of the faults that folding finds, besides the faults of the kind's own check (append-only).
const (
	FaultNoCreate    = "missing_create" // the create of the record or item has not arrived
	FaultUnknownKind = "unknown_kind"   // this program does not know the kind
	FaultItemKind    = "item_mismatch"  // an item on a record of the wrong kind
)

// Names under which conflicts show the two registers that are not fields.
const (
	RegisterVoid  = "void"
	RegisterGroup = "group"
)

func noCreateFault() schema.Fault {
	return schema.Fault{Code: FaultNoCreate, Message: schema.Text{
		ZH: "最初的登记尚未收到", EN: "the observation that begins it has not arrived"}}
}

func unknownKindFault(name string) schema.Fault {
	return schema.Fault{Code: FaultUnknownKind, Message: schema.Text{
		ZH: "未知的登记种类“" + name + "”", EN: "there is no kind “" + name + "”"}}
}

func itemKindFault(item, record string) schema.Fault {
	return schema.Fault{Code: FaultItemKind, Message: schema.Text{
		ZH: "“" + item + "”不能登记在“" + record + "”上", EN: "“" + item + "” does not belong on “" + record + "”"}}
}
