package report

import "fmt"

// foot is what every export says of itself, below the table; the digest follows.
func (m *maker) foot() {
	f := &m.Facts
	row := m.Rows() + 1
	if f.Demo {
		m.put(Warning, row, 1, row, lastCol, demoText)
		row++
	}
	for i, line := range []string{f.asOf(), f.basis()} {
		m.put(Foot, row+i, 1, row+i, lastCol, line)
	}
}

const demoText = "演示数据，均为虚构，不得上报 · DEMO DATA, invented, not to be submitted"

func (f *Facts) asOf() string {
	cutoff := f.Cutoff
	if cutoff == "" {
		cutoff = "尚无数据 no data yet"
	}
	return fmt.Sprintf("统计至 as at %s 24:00；数据截止时间 data cut-off %s；%s", f.At, cutoff, f.state())
}

func (f *Facts) basis() string {
	return fmt.Sprintf("目录版本 catalogue %s；%s；未上报设备 devices not reported %d 台", f.Catalogue, f.completeness(), f.NotReported)
}

// state is provisional or locked.
func (f *Facts) state() string {
	if f.Locked == "" {
		return "暂定 provisional"
	}
	return "已锁定 locked " + f.Locked
}

func (f *Facts) completeness() string {
	if f.Expected == 0 {
		return "应报 0 expected none"
	}
	return fmt.Sprintf("完整性 complete 已报 %d / 应报 %d", f.Reported, f.Expected)
}
