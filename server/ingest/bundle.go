package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// BundleResult is the result of taking in a device's bundle. The counts are lines.
type BundleResult struct {
	Device      string      `json:"device"`
	Unit        string      `json:"unit"`
	Created     uint64      `json:"created"`
	Exists      uint64      `json:"exists"`
	Quarantined uint64      `json:"quarantined"`
	Forked      uint64      `json:"fork"`
	Refused     *wire.Error `json:"refused,omitempty"` // the first refused part, if any
	Answer      []byte      `json:"answer"`            // the answer file for the device
}

// ByCertificate finds the device named by a certificate of this server, or enrolls the device anew.
type ByCertificate func(ctx context.Context, certificate string) (Device, error)

var (
	errNoBundle      = schema.Text{ZH: "不是 roadbook 数据包文件", EN: "this file is no roadbook bundle"}
	errDamagedBundle = schema.Text{ZH: "数据包不完整或被改动过，未导入任何内容；请重新拷贝，或在设备上重新导出", EN: "the bundle was cut off or changed, nothing was imported: copy it again, or export it again on the device"}
	errForeignBundle = schema.Text{ZH: "该数据包是给另一台服务器的，未导入任何内容", EN: "the bundle is for another server, nothing was imported"}
	errAnswerBundle  = schema.Text{ZH: "这是发给设备的回执包；请在设备上用 client bundle apply 处理", EN: "this is a bundle of answers: give it to client bundle apply on the device"}
)

// Bundle takes in a device's bundle: every frame in the bundle goes the way of Sync, and its answer goes into the answer
// file. A damaged file, a file not signed by the device and a file for another server are refused as a whole, with
// *wire.Error, before any frame is taken in.
func (in *Ingest) Bundle(ctx context.Context, file []byte, find ByCertificate) (*BundleResult, error) {
	b, who, err := in.openBundle(ctx, file, find)
	if err != nil {
		return nil, err
	}
	out := &BundleResult{Device: who.ID, Unit: who.Unit}
	back := &wire.Bundle{Kind: wire.BundleAnswers, Device: who.ID, ServerKey: b.ServerKey}
	for n := range b.Parts {
		req, err := b.Request(in.cfg.Key, n, in.cfg.Limits)
		if err != nil {
			return nil, bundleRefusal(err)
		}
		if err := back.AddAnswer(who.Key, in.takePart(ctx, who, req, out)); err != nil {
			return nil, asRefusal(err)
		}
	}
	if out.Answer, err = back.Encode(in.cfg.Key); err != nil {
		return nil, asRefusal(err)
	}
	return out, nil
}

// openBundle checks a bundle's addressee, device and signature.
func (in *Ingest) openBundle(ctx context.Context, file []byte, find ByCertificate) (*wire.Bundle, Device, error) {
	b, err := wire.DecodeBundle(file)
	if err != nil {
		return nil, Device{}, bundleRefusal(err)
	}
	if b.Kind != wire.BundleRequests {
		return nil, Device{}, refuseBundle(wire.CodeBadRequest, errAnswerBundle)
	}
	if !ed25519.PublicKey(b.ServerKey).Equal(in.cfg.Key.Public()) {
		return nil, Device{}, refuseBundle(wire.CodeForbidden, errForeignBundle)
	}
	who, err := find(ctx, b.Certificate)
	if err != nil {
		return nil, Device{}, asRefusal(err)
	}
	if who.ID != b.Device || b.CheckSignature(who.Key) != nil {
		return nil, Device{}, refuseBundle(wire.CodeBadSignature, errDamagedBundle)
	}
	return b, who, nil
}

// takePart takes in one request and counts the results of its lines.
func (in *Ingest) takePart(ctx context.Context, who Device, req *wire.Request, out *BundleResult) *wire.BundledAnswer {
	f := req.Frame
	late := &wire.BundledAnswer{Stream: f.Stream.String(), First: f.First, Last: f.Last(), Head: f.Head}
	req.Now, req.Pull = nil, nil // of the moment of writing: long past
	answer, err := in.Sync(ctx, who, req)
	if err != nil {
		errors.As(err, &late.Refusal)
		if out.Refused == nil {
			out.Refused = late.Refusal
		}
		return late
	}
	late.Answer = answer
	for _, r := range answer.Results {
		n := r.Last - r.First + 1
		switch r.Status {
		case wire.Created:
			out.Created += n
		case wire.Exists:
			out.Exists += n
		case wire.Quarantined:
			out.Quarantined += n
		case wire.Forked:
			out.Forked += n
		}
	}
	return late
}

func bundleRefusal(err error) error {
	switch {
	case errors.Is(err, wire.ErrNotBundle):
		return refuseBundle(wire.CodeBadRequest, errNoBundle)
	case errors.Is(err, wire.ErrDamagedBundle), errors.Is(err, wire.ErrSealed):
		return refuseBundle(wire.CodeBadRequest, errDamagedBundle)
	}
	return asRefusal(err)
}

func refuseBundle(code string, detail schema.Text) *wire.Error {
	e := wire.Refuse(code, "")
	e.Message.ZH += "：" + detail.ZH
	e.Message.EN += ": " + detail.EN
	return e
}
