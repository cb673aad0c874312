package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
	"roadbook/schema"
	"roadbook/sync/durable"
	"roadbook/sync/wire"
)

// bundleCmd carries waiting lines to the server without a network, on a stick.
type bundleCmd struct {
	Export exportCmd `cmd:"" help:"把待同步的内容写入一个文件，带给服务器 / write what waits to a file, to be carried to the server"`
	Apply  applyCmd  `cmd:"" help:"读入服务器写出的回执 / take in the answer that the server wrote"`
}

type exportCmd struct {
	File string `arg:"" type:"path" help:"要写的文件 / file to write"`
}

// Run writes the file. The lines in the file keep waiting: only an answer delivers them.
func (c *exportCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		file, lines, err := s.Export(e.ctx)
		if err != nil && !errors.Is(err, syncer.ErrNotEverything) {
			return err
		}
		if err := durable.WriteFile(c.File, file); err != nil {
			return errors.Join(errBundleFile, err)
		}
		if e.JSON {
			return e.printJSON(map[string]any{"file": c.File, "lines": lines, "bytes": len(file), "whole": err == nil})
		}
		e.print("%s\n", c.File)
		e.note(schema.Text{ZH: "已写入 %d 条，只有服务器能读；收到回执前仍在本机等待", EN: "%d written, for the server's eyes only; they wait here until its answer is back"}, lines)
		if err != nil {
			e.note(schema.Text{ZH: "一个文件放不下全部；读入回执后再导出其余", EN: "the file is full: export the rest when its answer has been applied"})
		}
		return nil
	})
}

type applyCmd struct {
	Files []string `arg:"" type:"path" help:"server bundle import 写出的文件，或 POST /v1/bundles 的回复 / files that server bundle import wrote, or answers of POST /v1/bundles"`
}

// appliedOut counts the effects of the answers, as JSON.
type appliedOut struct {
	Delivered   int   `json:"delivered"`
	Quarantined int   `json:"quarantined"`
	Reoffered   int   `json:"reoffered"`
	Refused     int   `json:"refused"` // parts
	Stale       int   `json:"stale"`   // parts
	Waiting     int64 `json:"waiting"`

	Doubts []recordDoubts `json:"doubts,omitempty"` // told by the answers
}

// Run applies answers, in any order and any number of times.
func (c *applyCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		var out appliedOut
		var told []string
		for _, name := range c.Files {
			d, err := e.applyFile(s, name)
			out.Delivered += d.Acknowledged
			out.Quarantined += d.Quarantined
			out.Reoffered += d.Reoffered
			out.Refused += len(d.Refusals)
			out.Stale += d.Stale
			told = append(told, d.Told...)
			for _, r := range d.Refusals {
				e.note(schema.Text{ZH: "有一部分服务器没有接收：" + r.Message.ZH, EN: "the server could not take a part: " + r.Message.EN})
			}
			if err != nil {
				return err
			}
		}
		var err error
		if out.Waiting, err = s.DB.Waiting(e.ctx); err != nil {
			return err
		}
		out.Doubts = e.toldDoubts(e.ctx, s.DB, told)
		if e.JSON {
			err = e.printJSON(out)
		} else {
			e.print(schema.Text{ZH: "已送达 %d 条，待同步 %d 条\n", EN: "%d delivered, %d waiting\n"}.In(e.Lang), out.Delivered, out.Waiting)
		}
		e.noteToldDoubts(out.Doubts)
		if out.Stale > 0 {
			e.note(schema.Text{ZH: "部分回执来自服务器恢复之前，已不作数；请重新导出或同步", EN: "some answers are from before the server was restored and count no more: export or sync again"})
		}
		if err == nil && out.Quarantined > 0 {
			err = errQuarantined
		}
		return err
	})
}

func (e *env) applyFile(s *station.Station, name string) (d syncer.Delivered, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return d, errors.Join(errBundleFile, err)
	}
	if info.Size() > maxBundleText {
		return d, wire.ErrNotBundle
	}
	file, err := os.ReadFile(name)
	if err != nil {
		return d, errors.Join(errBundleFile, err)
	}
	if file, err = unwrapAnswer(file); err != nil {
		return d, err
	}
	return s.Apply(e.ctx, file)
}

// maxBundleText bounds an answer within JSON: base 64 takes four bytes for three.
const maxBundleText = wire.MaxBundle/3*4 + 64<<10

// unwrapAnswer takes the answer's file out of the JSON of POST /v1/bundles; any other file stays as is. The JSON may
// be the server's refusal.
func unwrapAnswer(file []byte) ([]byte, error) {
	if text := bytes.TrimPrefix(file, []byte("\ufeff")); len(text) > 0 && text[0] == '{' {
		var said struct {
			Answer []byte `json:"answer"`
			wire.Error
		}
		switch err := json.Unmarshal(text, &said); {
		case err != nil:
			return nil, wire.ErrDamagedBundle
		case len(said.Answer) == 0 && said.Code != "":
			return nil, &syncer.Refusal{Reason: &said.Error}
		}
		file = said.Answer
	}
	if len(file) > wire.MaxBundle {
		return nil, wire.ErrNotBundle
	}
	return file, nil
}

// errBundleFile: the fault lies in the file on the stick, not in the device.
var errBundleFile = errors.New("client: the file can't be read or written")

var damagedBundle = failure{exitUsage, "bundle_damaged", schema.Text{
	ZH: "文件不完整或被改动过，本机未作任何改变；请重新拷贝，或让服务器重新导入一次",
	EN: "the file was cut off or changed, nothing was altered here: copy it again, or have the server import once more"}}

// bundleErrorTexts extend errorTexts by the errors of bundles.
var bundleErrorTexts = []struct {
	err error
	failure
}{
	{errBundleFile, failure{exitUsage, "bundle_file", schema.Text{
		ZH: "读不了或写不了该文件，请检查路径、权限和剩余空间；本机未作任何改变",
		EN: "the file can't be read or written: check its path, permissions and free space; nothing was altered here"}}},
	{syncer.ErrNothingWaits, failure{exitUsage, "nothing_waits", schema.Text{
		ZH: "没有待同步的内容，未写文件", EN: "nothing waits; no file was written"}}},
	{syncer.ErrNotAnswers, failure{exitUsage, "bundle_not_answers", schema.Text{
		ZH: "这是要交给服务器的文件（server bundle import），不是回执", EN: "this file is for the server (server bundle import), it is no answer"}}},
	{syncer.ErrOtherDevice, failure{exitUsage, "bundle_other_device", schema.Text{
		ZH: "这份回执是给另一台设备的，本机未作任何改变", EN: "this answer is for another device; nothing was altered here"}}},
	{syncer.ErrOtherServer, failure{exitUsage, "bundle_other_server", schema.Text{
		ZH: "这份回执来自另一台服务器，本机未作任何改变", EN: "this answer is another server's; nothing was altered here"}}},
	{localdb.ErrOtherDisk, failure{exitUsage, "bundle_other_disk", schema.Text{
		ZH: "这份回执与本机保存的登记不符：本机可能被复制过，或由旧备份恢复。未确认的登记仍待同步，请重新导出或同步",
		EN: "this answer is not about what this disk holds: the device was copied or restored from a backup. What is not confirmed goes on waiting: export or sync it"}}},
	{wire.ErrNotBundle, failure{exitUsage, "no_bundle", schema.Text{
		ZH: "不是 roadbook 数据包文件", EN: "this file is no roadbook bundle"}}},
	{wire.ErrDamagedBundle, damagedBundle},
	{wire.ErrBadSignature, damagedBundle},
	{wire.ErrSealed, damagedBundle},
	{wire.ErrBadAnswer, damagedBundle},
}
