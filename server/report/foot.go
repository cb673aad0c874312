package report

import "fmt"

// putFoot puts the facts of every export below the table; the digest follows.
func (m *sheetBuilder) putFoot() {
	f := &m.Facts
	row := m.Rows() + 1
	for _, text := range f.notices() {
		m.putText(Warning, row, 1, row, lastCol, text)
		row++
	}
	for i, line := range []string{f.asOfText(), f.basisText()} {
		m.putText(Foot, row+i, 1, row+i, lastCol, line)
	}
}

const demoText = "演示数据，均为虚构，不得上报 · DEMO DATA, invented, not to be submitted"

// notices are the reasons why a sheet must not be submitted.
func (f *Facts) notices() (texts []string) {
	if f.Demo {
		texts = append(texts, demoText)
	}
	if f.ToRevise > 0 {
		texts = append(texts, fmt.Sprintf("有 %d 项沿用以前年度、待核定，核定前不评分，不得上报 · %d ITEMS TO BE REVISED, carried over from an earlier year: no score, not to be submitted",
			f.ToRevise, f.ToRevise))
	}
	return texts
}

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
