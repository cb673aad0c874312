package sheet

import "strconv"

// builtin are the formats with a number of their own (ECMA-376, 18.8.30) that a workbook need not define. The dates
// 14, 22, 27 to 36 and 50 to 58 are written as each country does: the codes here tell date from time of day.
var builtin = map[int]string{
	0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: `"$"#,##0;-"$"#,##0`, 6: `"$"#,##0;-"$"#,##0`,
	7: `"$"#,##0.00;-"$"#,##0.00`, 8: `"$"#,##0.00;-"$"#,##0.00`, 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
	22: "yyyy/m/d h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
	41: `_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ `, 42: `_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ;_ "¥"* "-"_ `,
	43: `_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ `, 44: `_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ `,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
	27: `yyyy"年"m"月"`, 28: `m"月"d"日"`, 29: `m"月"d"日"`, 30: "m-d-yy", 31: `yyyy"年"m"月"d"日"`, 32: `h"时"mm"分"`, 33: `h"时"mm"分"ss"秒"`,
	34: `上午/下午h"时"mm"分"`, 35: `上午/下午h"时"mm"分"ss"秒"`, 36: `yyyy"年"m"月"`, 50: `yyyy"年"m"月"`, 51: `m"月"d"日"`, 52: `yyyy"年"m"月"`,
	53: `m"月"d"日"`, 54: `m"月"d"日"`, 55: `上午/下午h"时"mm"分"`, 56: `上午/下午h"时"mm"分"ss"秒"`, 57: `yyyy"年"m"月"`, 58: `m"月"d"日"`,
}

// general is the format of cells without a style.
var general = newFormat("General")

// readStyles reads the number format of each cell style.
func (b *Book) readStyles(part string) error {
	if part == "" {
		return nil
	}
	s, closer, err := b.part(part, maxStyles)
	if err != nil {
		return err
	}
	defer closer.Close()
	codes := map[int]string{}
	made := map[int]*Format{}
	inCells := 0
	return s.each(func(name string) error {
		if inCells > s.depth {
			inCells = 0
		}
		switch {
		case name == "numFmt" && len(codes) == maxFormats:
			return refuse("单元格格式太多", "there are too many cell formats")
		case name == "numFmt":
			if id, err := strconv.Atoi(s.attr("numFmtId")); err == nil && codes[id] == "" {
				codes[id] = s.attr("formatCode")
			}
		case name == "cellXfs":
			inCells = s.depth + 1
		case name == "xf" && s.depth == inCells:
			return b.addFormat(s, codes, made)
		}
		return nil
	})
}

func (b *Book) addFormat(s *scanner, codes map[int]string, made map[int]*Format) error {
	if len(b.formats) == maxFormats {
		return refuse("单元格格式太多", "there are too many cell formats")
	}
	id, _ := strconv.Atoi(s.attr("numFmtId"))
	f := made[id]
	if f == nil {
		code, own := codes[id]
		if !own {
			code = builtin[id]
		}
		f = newFormat(code)
		made[id] = f
	}
	b.formats = append(b.formats, f)
	return nil
}

// format is the format of a style's index, General without one.
func (b *Book) format(style string) (*Format, error) {
	if style == "" {
		return general, nil
	}
	i, err := strconv.Atoi(style)
	if err != nil || i < 0 || i >= len(b.formats) && i > 0 {
		return nil, refuse("工作簿的格式表不完整", "a cell has a format that is not in the workbook")
	}
	if i >= len(b.formats) {
		return general, nil
	}
	return b.formats[i], nil
}
