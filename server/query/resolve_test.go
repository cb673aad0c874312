package query_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Ids as people copy them from a page, a chat or a sheet of paper.
func TestAbbreviatedIDs(t *testing.T) {
	stores(t, func(t *testing.T, w *world) {
		clerk := w.device("window", "office-1", "clerk")
		var ids []string
		for i := range 11 {
			ids = append(ids, w.say(clerk, "plate", 20200303, "", map[string]string{
				"unit": "office-1", "plate_type": "02", "plate_number": fmt.Sprintf("冀F%05d", i), "business": "register", "sets": "1",
			}).String())
		}
		w.push(clerk, true)
		device, _, _ := strings.Cut(ids[0], ".")
		upTo := func(id string, parts int) string { return strings.Join(strings.Split(id, ".")[:parts], ".") }
		for _, tt := range []struct{ name, typed, want, says string }{
			{"whole", ids[2], ids[2], ""},
			{"capitals, full width", strings.ToUpper(ids[2]), ids[2], ""},
			{"without the last part: line 1, not 10 and 11", upTo(ids[0], 3), ids[0], ""},
			{"with some of the last part", ids[2][:len(ids[2])-12], ids[2], ""},
			{"as a page writes it", device + " #3", ids[2], ""},
			{"an amendment's id is whole only", strings.Replace(upTo(ids[0], 3), ".1", ".99", 1), "", ""},
			{"all of a device", device, "", "不止一条记录：" + ids[0] + "（2020-03-03 office-1 号牌发放：号牌种类 小型汽车"},
			{"too short", device[:3], "", "至少 4 位"},
			{"another number", device + " #99", "", ""},
			{"no number", device + " #x", "", "设备 #序号"},
			{"no device", "x #1", "", "设备 #序号"},
			{"a plate", "冀F8K2M6", "", "编号格式不正确"},
			{"nothing", " ", "", "编号格式不正确"},
		} {
			got, err := w.query.Resolve(t.Context(), tt.typed)
			var refusal *wire.Error
			switch {
			case tt.want != "" && (got != tt.want || err != nil):
				t.Errorf("%s: %q is %q, %v; want %q", tt.name, tt.typed, got, err, tt.want)
			case tt.want == "" && tt.says == "" && !errors.Is(err, store.ErrNotFound):
				t.Errorf("%s: %q, %v; want not found", tt.name, got, err)
			case tt.says != "" && (!errors.As(err, &refusal) || !strings.Contains(refusal.Message.ZH, tt.says)):
				t.Errorf("%s: %q, %v; want %s", tt.name, got, err, tt.says)
			}
		}
		var refusal *wire.Error
		_, err := w.query.Record(t.Context(), device)
		if !errors.As(err, &refusal) || !strings.HasSuffix(refusal.Message.ZH, "；……") || strings.Contains(refusal.Message.ZH, ids[10]) || strings.Count(refusal.Message.ZH, "小型汽车") != 10 {
			t.Errorf("eleven candidates: %v", err)
		}
		if h, err := w.query.Record(t.Context(), device+" #5"); err != nil || h.ID != ids[4] {
			t.Errorf("%v %v", h, err)
		}
	})
}
