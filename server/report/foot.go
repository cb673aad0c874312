package report

import "fmt"

// putFoot puts the facts of every export below the table; the digest follows.
func (m *sheetBuilder) putFoot() {
	f := &m.Facts
	row := m.Rows() + 1
	if f.Demo {
		m.putText(Warning, row, 1, row, lastCol, demoText)
		row++
	}
	for i, line := range []string{f.asOfText(), f.basisText()} {
		m.putText(Foot, row+i, 1, row+i, lastCol, line)
	}
}

const demoText = "演示数据，均为虚构，不得上报 · DEMO DATA, invented, not to be submitted"

func (f *Facts) asOfText() string {
	cutoff := f.Cutoff
	if cutoff == "" {
		cutoff = "尚无数据 no data yet"
	}
	return fmt.Sprintf("统计至 as at %s 24:00；数据截止时间 data cut-off %s；%s", f.At, cutoff, f.lockState())
}

func (f *Facts) basisText() string {
	return fmt.Sprintf("目录版本 catalogue %s；%s；未上报设备 devices not reported %d 台", f.Catalogue, f.completenessText(), f.NotDelivered)
}

// lockState is provisional or locked.
func (f *Facts) lockState() string {
	if f.Locked == "" {
		return "暂定 provisional"
	}
	return "已锁定 locked " + f.Locked
}

func (f *Facts) completenessText() string {
	if f.Expected == 0 {
		return "应报 0 expected none"
	}
	return fmt.Sprintf("数据完整度 complete 已报 %d / 应报 %d", f.Delivered, f.Expected)
}
