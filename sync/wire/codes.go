package wire

import (
	"slices"

	"roadbook/schema"
)

// The codes of refusals (append-only; PROTOCOL.md prints this table and a test compares).
const (
	CodeBadRequest     = "bad_request"     // not a request of this protocol
	CodeTooLarge       = "too_large"       // halve the frame; for a single line: send its tombstone
	CodeBadEncoding    = "bad_encoding"    // Content-Encoding unknown, or the body does not have this encoding
	CodeBadVersion     = "bad_version"     // header v unknown
	CodeBadSequence    = "bad_sequence"    // first, count and last do not fit, or leave 1..MaxSeq
	CodeBadChain       = "bad_chain"       // the lines do not lead from prev to head
	CodeBadSignature   = "bad_signature"   // the trailer's signature is not the device's
	CodeUnauthorized   = "unauthorized"    // token missing, or no longer accepted
	CodeForbidden      = "forbidden"       // the token is good, but not for this
	CodeWrongStream    = "wrong_stream"    // the stream does not belong to the token's device
	CodeBadCode        = "bad_code"        // enrollment code unknown, used or expired
	CodeBadKey         = "bad_key"         // not an Ed25519 public key, or a key enrolled under another unit
	CodeUnknownDevice  = "unknown_device"  // the server does not know the device: enroll, or show the certificate
	CodeBadAssertion   = "bad_assertion"   // nonce used or expired, or signature wrong
	CodeNotFound       = "not_found"       // no such thing
	CodeConflict       = "conflict"        // someone else made a change first
	CodeTooMany        = "too_many"        // slow down: Retry-After
	CodeBusy           = "busy"            // the queue is full or the server stops: Retry-After
	CodeTimeout        = "timeout"         // nothing was promised; the lines may be durable all the same
	CodeInternal       = "internal"        // nothing was promised
	CodeNotAcceptable  = "method_or_type"  // wrong method or Content-Type
	CodeKindsDiffer    = "kinds_differ"    // a link of records of several kinds
	CodeNotQuarantined = "not_quarantined" // a release of a line that was never quarantined
	CodeRecordFull     = "record_full"     // a release of a line for which its record has no room
	CodeUnknownUnit    = "unknown_unit"    // an enrollment code for a unit that nobody knows, not said to be new
	CodeNoCatalogue    = "no_catalogue"    // a question about a year without a catalogue
	CodeUnitEnded      = "unit_ended"      // an enrollment code for a unit that has ended, not said to be new
)

// Refusal is a row of the table of errors.
type Refusal struct {
	Code      string
	HTTP      int
	Retryable bool
	Message   schema.Text
}

var refusals = []Refusal{
	{CodeBadRequest, 400, false, schema.Text{ZH: "请求格式不正确", EN: "not a request of this protocol"}},
	{CodeBadVersion, 400, false, schema.Text{ZH: "协议版本不支持", EN: "protocol version not supported"}},
	{CodeBadSequence, 400, false, schema.Text{ZH: "序号不一致或超出范围", EN: "sequence numbers do not fit or are out of range"}},
	{CodeBadChain, 400, false, schema.Text{ZH: "哈希链不一致", EN: "the lines do not lead from prev to head"}},
	{CodeBadSignature, 400, false, schema.Text{ZH: "签名不正确", EN: "the signature does not fit"}},
	{CodeBadCode, 400, false, schema.Text{ZH: "登记码无效、已使用或已过期", EN: "enrollment code unknown, used or expired"}},
	{CodeBadKey, 400, false, schema.Text{ZH: "设备公钥无效", EN: "not a usable device key"}},
	{CodeUnauthorized, 401, true, schema.Text{ZH: "令牌缺失或已失效", EN: "token missing or not accepted any more"}},
	{CodeBadAssertion, 401, true, schema.Text{ZH: "身份断言无效，请重新获取随机数", EN: "assertion not accepted: ask for a new nonce"}},
	{CodeUnknownDevice, 403, true, schema.Text{ZH: "服务器不认识该设备", EN: "the server does not know this device"}},
	{CodeForbidden, 403, false, schema.Text{ZH: "没有权限", EN: "not allowed"}},
	{CodeWrongStream, 403, false, schema.Text{ZH: "该流不属于此设备", EN: "the stream is not one of this device"}},
	{CodeNotFound, 404, false, schema.Text{ZH: "不存在", EN: "no such thing"}},
	{CodeNoCatalogue, 404, false, schema.Text{ZH: "该年度没有指标目录", EN: "there is no catalogue for that year"}},
	{CodeNotAcceptable, 405, false, schema.Text{ZH: "方法或内容类型不支持", EN: "method or content type not supported"}},
	{CodeConflict, 409, true, schema.Text{ZH: "已被他人修改，请重试", EN: "changed by someone else: try again"}},
	{CodeKindsDiffer, 409, false, schema.Text{ZH: "登记种类不同，不会是同一事件，不能关联", EN: "records of several kinds are not one event and are not linked"}},
	{CodeRecordFull, 409, false, schema.Text{ZH: "记录的登记条数已满，放行也不会生效；请在记录上重新登记或更正", EN: "the record is full, so the line would have no effect: amend the record instead"}},
	{CodeNotQuarantined, 409, false, schema.Text{ZH: "该条未被隔离，无须放行", EN: "the line was never quarantined: there is nothing to release"}},
	{CodeUnknownUnit, 409, false, schema.Text{ZH: "没有这个单位", EN: "there is no such unit"}},
	{CodeUnitEnded, 409, false, schema.Text{ZH: "单位已撤销", EN: "the unit has ended"}},
	{CodeTooLarge, 413, false, schema.Text{ZH: "请求过大，请拆分", EN: "too large: send less at once"}},
	{CodeBadEncoding, 415, false, schema.Text{ZH: "压缩方式不支持或数据损坏", EN: "content encoding unknown or damaged"}},
	{CodeTooMany, 429, true, schema.Text{ZH: "请求过于频繁", EN: "too many requests"}},
	{CodeInternal, 500, true, schema.Text{ZH: "服务器内部错误", EN: "internal error"}},
	{CodeBusy, 503, true, schema.Text{ZH: "服务器繁忙", EN: "server busy"}},
	{CodeTimeout, 504, true, schema.Text{ZH: "处理超时", EN: "timed out"}},
}

// Refusals returns the table of errors, by HTTP status.
func Refusals() []Refusal { return slices.Clone(refusals) }

// Refuse makes the Error of a code. detail, in English, follows the message and may be empty. A code without a row in
// the table gives an internal error.
func Refuse(code, detail string) *Error {
	r := refusalOf(code)
	e := &Error{Code: r.Code, Retryable: r.Retryable, Message: r.Message}
	if detail != "" {
		e.Message.EN += ": " + detail
		e.Message.ZH += "：" + detail
	}
	return e
}

// HTTP is the HTTP status of the error; 500 for a code without a row in the table.
func (e *Error) HTTP() int { return refusalOf(e.Code).HTTP }

func refusalOf(code string) Refusal {
	i := slices.IndexFunc(refusals, func(r Refusal) bool { return r.Code == code })
	if i < 0 {
		i = slices.IndexFunc(refusals, func(r Refusal) bool { return r.Code == CodeInternal })
	}
	return refusals[i]
}
