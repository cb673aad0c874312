package web

// doubtWords are the texts about doubts, Chinese and English. The doubts' own texts and names are in schema/data/doubts.yaml.
var doubtWords = map[string][2]string{
	"doubts":          {"存疑", "Doubts"},
	"doubt_uncounted": {"有未计入", "not all counted"},
	"doubt_check":     {"请核对", "to check"},
	"doubt_seen":      {"机关已看过", "HQ has looked"},
	"hq_words":        {"机关意见", "HQ's words"},
	"doubts_why":      {"存疑不改变任何数字。更正记录，或由机关补录台账、复核后，自动消失或标为已看过。", "A doubt changes no figure. It goes once the record or HQ's list is corrected, and is marked once HQ has looked at it."},

	"doubts_title":    {"存疑记录", "Records in doubt"},
	"doubts_sum":      {"未处理的存疑", "Open doubts"},
	"doubts_sum_note": {"各年度合计，机关看过的不列", "of all years, without those HQ has looked at"},
	"doubts_own":      {"只含本单位自己的登记，不含下级单位", "of this unit alone, without the units below"},
	"doubts_years":    {"全部年度", "All years"},
	"sum_uncounted":   {"未计入", "Not counted"},
	"sum_check":       {"请核对", "To check"},
	"doubts_how":      {"登错的，由登记单位更正或作废；名录、台账、目标缺的，由机关补上，之后自动计入；属实无误的，由机关复核，标为已看过。", "Recorded wrongly: its unit amends or voids it. Missing in HQ's lists or targets: HQ adds it, and the record then counts by itself. All true: HQ reviews the doubt, which marks it."},
	"doubts_list":     {"全部存疑", "All doubts"},
	"doubt_kind":      {"类别", "Doubt"},
	"every_doubt":     {"全部类别", "All doubts"},
	"only_open":       {"只看机关未看过的", "Only what HQ has not looked at"},
	"choose_doubts":   {"选择单位和类别", "Choose unit and doubt"},
	"hq":              {"机关", "HQ"},
	"not_looked":      {"未看", "not yet"},
	"doubts_none":     {"没有存疑记录。", "No record is in doubt."},
	"doubts_none_yet": {"目前还没有核对出的存疑记录。", "No record in doubt has been found so far."},
	"doubts_none_of":  {"没有符合所选条件的存疑记录。", "No record in doubt fits the choice."},
	"doubts_see_all":  {"查看全部存疑记录", "See all records in doubt"},
	"doubts_end":      {"本页之后没有更多。", "Nothing follows this page."},

	"doubts_never":   {"尚未开始核对存疑，稍候几秒会自动开始。", "The search for doubts has not begun; it begins by itself within seconds."},
	"doubts_first":   {"存疑正在首次核对，数字尚不完整。", "Doubts are being looked for the first time: the numbers are incomplete."},
	"doubts_renewal": {"名录或规则有变，正在重新核对全部记录，数字还会变动。", "Lists or rules have changed and all records are being looked at anew: the numbers still change."},
	"doubts_behind":  {"已核对到此时收到的登记：", "So far looked at what was received until"},
	"doubts_done":    {"已核对", "done:"},
}
