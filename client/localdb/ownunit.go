package localdb

import (
	"slices"
	"strings"

	"roadbook/schema"
)

// roleHQ is the role of a device that may name every unit.
const roleHQ = "hq"

// checkOwnUnit refuses a new record or item under a unit that this device never had: the server would keep the line and not
// count it. A unit to which HQ moved the device becomes known by the next sync; until then the present unit stands.
func checkOwnUnit(k *schema.Kind, fields schema.Values, id *Identity) schema.Faults {
	typed, ok := fields.Get("unit")
	named, own := schema.CleanName(typed.S), schema.CleanName(id.Unit) // as the server compares: a caller may clean nothing
	if !ok || id.Role == roleHQ || named == own {
		return nil
	}
	var earlier []string
	for _, unit := range id.Earlier {
		if unit = schema.CleanName(unit); unit == named {
			return nil
		} else if unit != own && !slices.Contains(earlier, unit) {
			earlier = append(earlier, unit)
		}
	}
	f, _ := k.Field("unit")
	return schema.Faults{foreignUnitFault(f.Label, named, own, earlier)}
}

func foreignUnitFault(label schema.Text, typed, own string, earlier []string) schema.Fault {
	zh, en := own, own
	if len(earlier) > 0 {
		zh += "（曾属 " + strings.Join(earlier, "、") + "）"
		en += " (formerly " + strings.Join(earlier, ", ") + ")"
	}
	return schema.Fault{Code: "foreign_unit", Field: "unit", Message: schema.Text{
		ZH: "“" + label.ZH + "”填的是 " + typed + "，本机属于 " + zh + "，以其他单位登记不会计入；不填即为 " + own +
			"。机关已把本机调到 " + typed + " 的，先同步（client sync）再登记；要让其他单位一起处理，用 --share 单位",
		EN: "“" + label.EN + "” says " + typed + ", and this device is of " + en + ": under another unit's name the record would not count. Leave the unit out for " +
			own + "; if HQ has moved this device to " + typed + ", run client sync first; to let another unit work on the record, use --share UNIT"}}
}
