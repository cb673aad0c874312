package main

import (
	"errors"
	"net/http"
	"strings"

	"roadbook/client/syncer"
	"roadbook/client/transport"
	"roadbook/schema"
)

// The advice after a network error: the state of the saved data, and the next command.
var (
	retrySyncAdvice   = schema.Text{ZH: "。已保存的数据在本机等待，之后再运行 client sync", EN: ". Saved data waits on this device; then run client sync again"}
	retryEnrollAdvice = schema.Text{ZH: "。本机未登记，之后用同一登记码再运行 client enroll", EN: ". This device is not enrolled; then run client enroll again with the same code"}
)

// explainNetworkError explains a missing or foreign answer. ok is false for any other error.
func explainNetworkError(err error) (f failure, ok bool) {
	advice := retrySyncAdvice
	if _, enrolling := errors.AsType[enrollError](err); enrolling {
		advice = retryEnrollAdvice
	}
	if t, ok := errors.AsType[*transport.NetworkError](err); ok {
		return failure{exitUnreachable, t.Code, schema.Text{ZH: t.Text.ZH + advice.ZH, EN: t.Text.EN + advice.EN}}, true
	}
	r, refused := errors.AsType[*syncer.Refusal](err)
	switch {
	case refused && strings.HasPrefix(r.Reason.Code, "http_") && r.HTTP < http.StatusTooManyRequests:
		return failure{exitUnreachable, r.Reason.Code, schema.Text{
			ZH: r.Reason.Message.ZH + "，不是本系统服务器的应答：请检查 --server 地址，以及本网络是否须先登录或经代理" + advice.ZH,
			EN: r.Reason.Message.EN + ", which is not this system's word: check --server, and whether this network wants a sign-in or a proxy" + advice.EN}}, true
	case refused && r.Reason.Retryable && advice == retryEnrollAdvice:
		return failure{exitUnreachable, r.Reason.Code, schema.Text{
			ZH: "服务器暂时不可用：" + r.Reason.Message.ZH + advice.ZH, EN: "the server is not available now: " + r.Reason.Message.EN + advice.EN}}, true
	case errors.Is(err, transport.ErrUnreachable) && advice == retryEnrollAdvice:
		return failure{exitUnreachable, "unreachable", schema.Text{
			ZH: "连不上服务器，请检查网络和 --server" + advice.ZH, EN: "the server was not reached: check the network and --server" + advice.EN}}, true
	}
	return f, false
}

// shortReason names the cause of one failed try, without advice: more tries follow.
func shortReason(err error) schema.Text {
	if t, ok := errors.AsType[*transport.NetworkError](err); ok {
		return t.Text
	}
	if r, ok := errors.AsType[*syncer.Refusal](err); ok {
		return r.Reason.Message
	}
	switch {
	case errors.Is(err, transport.ErrForeignAnswer):
		return schema.Text{ZH: "收到的应答没有本机所属服务器的签名，未采信", EN: "the answer is not signed by this device's server and was not believed"}
	case errors.Is(err, syncer.ErrRetryLater):
		return schema.Text{ZH: "服务器要求稍后再报", EN: "the server asks to send again later"}
	case errors.Is(err, transport.ErrUnreachable):
		return schema.Text{ZH: "连不上服务器", EN: "the server was not reached"}
	}
	return explain(err).text
}
