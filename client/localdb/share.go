package localdb

import (
	"fmt"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// shareUnits returns the clean names of units.
func shareUnits(typed []string) (names []string, faults schema.Faults) {
	for _, unit := range typed {
		name, wrong := schema.UnitName(unit)
		if wrong != nil {
			wrong.Field = "share"
			faults = append(faults, *wrong)
		}
		names = append(names, name)
	}
	if len(names) > wire.MaxShare {
		faults = append(faults, schema.Fault{Code: schema.FaultTooLong, Field: "share", Message: schema.Text{
			ZH: fmt.Sprintf("一次最多与 %d 个单位共享", wire.MaxShare), EN: fmt.Sprintf("share with at most %d units at a time", wire.MaxShare)}})
	}
	return names, faults
}

func unitByHQFault() schema.Fault {
	return schema.Fault{Code: "unit_by_hq", Field: "unit", Message: schema.Text{
		ZH: "记录的单位只能由机关更改，请报机关；如需其他单位一起处理，用 --share 单位",
		EN: "HQ alone changes a record's unit: tell HQ; to let another unit work on it, use --share UNIT"}}
}
