package api

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// Limits on data from a sender not yet authenticated. A request's handler runs as soon as the header is there; the
// body stays on the wire until the sender is admitted, and is then read whole, within a budget of bytes. So strangers
// can occupy at most smallBody · connections + StrangerBudget bytes, however much they announce.
const (
	smallBody         = 4 << 10  // read at once, so that a refusal leaves the connection usable
	strangerBodyLimit = 16 << 10 // without a token: an assertion and a certificate fit
	headerTime        = 30 * time.Second
	bodyTime          = 2 * time.Minute // an admitted sender's body: a full frame over a weak network
	lingerTime        = time.Minute
	inflationFactor   = 6               // frames of plates compress to a fifth or sixth
	answerTime        = 2 * time.Minute // sending a sync's answer: a page of a pull over a weak network
)

const localBody = "body"

// declaredHeader carries the announced length past fasthttp, which would otherwise read ahead. A value sent by a
// client is overwritten.
const declaredHeader = "X-Roadbook-Declared-Length"

// beforeBody keeps fasthttp from reading the body, and from inviting the body (100-continue).
func beforeBody(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	h.Del(declaredHeader)
	if n := h.ContentLength(); n > 0 {
		h.Set(declaredHeader, strconv.Itoa(n))
		h.SetContentLength(0)
	}
	if string(h.Peek(fasthttp.HeaderExpect)) == "100-continue" {
		h.Del(fasthttp.HeaderExpect)
		h.Set(declaredHeader, string(h.Peek(declaredHeader))+"?")
	}
	if string(h.RequestURI()) == "/v1/sync" {
		return fasthttp.RequestConfig{WriteTimeout: answerTime}
	}
	return fasthttp.RequestConfig{}
}

// incomingBody is the body of a request, read or still on the wire.
type incomingBody struct {
	ctx            *fasthttp.RequestCtx
	length         int  // -1: chunked
	expectContinue bool // the sender waits for "100 Continue"
	complete       bool // nothing is left on the wire
	err            error
	release        func()
}

func newIncomingBody(ctx *fasthttp.RequestCtx) *incomingBody {
	h := &ctx.Request.Header
	b := &incomingBody{ctx: ctx, length: h.ContentLength(), release: func() {}}
	declared := string(h.Peek(declaredHeader))
	h.Del(declaredHeader)
	if n := len(declared); n > 0 && declared[n-1] == '?' {
		b.expectContinue, declared = true, declared[:n-1]
	}
	if declared != "" {
		b.length, _ = strconv.Atoi(declared)
		h.SetContentLength(b.length)
	}
	b.complete = b.length != -1 && b.length <= 0
	return b
}

// withUnreadBody passes every request to next with the body still on the wire, and cleans the connection up
// afterwards.
func (a *API) withUnreadBody(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		conn := connOf(ctx)
		conn.answerSent() // ends the previous answer, if this request followed it at once
		conn.setServing(true)
		defer conn.setServing(false)
		b := newIncomingBody(ctx)
		ctx.SetUserValue(localBody, b)
		if b.length > 0 && b.length <= smallBody && !b.expectContinue {
			b.err = b.read(smallBody)
		}
		next(ctx)
		b.release()
		if !b.complete { // the bytes that follow are no request
			ctx.SetConnectionClose()
			conn.linger = true
		}
	}
}

// releaseBody frees a body after use: the request may still wait for long.
func releaseBody(c *fiber.Ctx) {
	if b, ok := c.Context().UserValue(localBody).(*incomingBody); ok {
		c.Request().SetBodyRaw(nil)
		b.release()
		b.release = func() {}
	}
}

// connOf returns the request's connection.
func connOf(ctx *fasthttp.RequestCtx) *conn {
	c, ok := ctx.Conn().(*conn)
	if !ok {
		panic("a connection that the table of connections does not know: every listener is wrapped")
	}
	return c
}

// receive reads the body of an admitted sender.
func (b *incomingBody) receive(limit int, budget *byteBudget) error {
	if b.err != nil || b.complete {
		return b.err
	}
	need := b.length
	if need < 0 {
		need = limit
	}
	if need > limit {
		return wire.Refuse(wire.CodeTooLarge, "")
	}
	leave, ok := budget.reserve(need + b.inflatedSize(need, limit))
	if !ok {
		return wire.Refuse(wire.CodeBusy, "")
	}
	b.release = leave
	if b.expectContinue {
		if _, err := b.ctx.Conn().Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return wire.Refuse(wire.CodeTimeout, "")
		}
	}
	return b.read(limit)
}

// inflatedSize bounds the inflated size of a compressed body of n bytes; 0 for a plain body.
func (b *incomingBody) inflatedSize(n, limit int) int {
	if enc, ok := wire.ParseEncoding(string(b.ctx.Request.Header.ContentEncoding())); !ok || enc == wire.Identity {
		return 0
	}
	return min(n*inflationFactor, limit)
}

// read takes the body from the wire and stores it in the request.
func (b *incomingBody) read(limit int) error {
	from := b.ctx.RequestBodyStream()
	if from == nil { // fasthttp made no stream for this body
		return wire.Refuse(wire.CodeBadRequest, "")
	}
	var body []byte
	var err error
	if b.length >= 0 {
		body = make([]byte, b.length)
		_, err = io.ReadFull(from, body)
	} else {
		body, err = io.ReadAll(io.LimitReader(from, int64(limit)+1))
	}
	if err != nil {
		return bodyRefusal(err)
	}
	if len(body) > limit {
		return wire.Refuse(wire.CodeTooLarge, "")
	}
	b.complete = true
	b.ctx.Request.SetBodyRaw(body)
	return nil
}

func bodyRefusal(err error) error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return wire.Refuse(wire.CodeTimeout, "")
	}
	return wire.Refuse(wire.CodeBadRequest, "the body was cut off")
}

// readBody reads the body for a route after authentication; who is nil on routes without access control.
func (a *API) readBody(c *fiber.Ctx, limit int, who *auth.Principal) error {
	b, ok := c.Context().UserValue(localBody).(*incomingBody)
	if !ok {
		return nil
	}
	budget := &a.strangerBudget
	if who != nil {
		budget = &a.bodyBudget
		if err := c.Context().Conn().SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
			return bodyRefusal(err)
		}
	}
	return b.receive(limit, budget)
}

// readSmallBody reads small bodies for handlers mounted after the table of routes.
func (a *API) readSmallBody(c *fiber.Ctx) error {
	if err := a.readBody(c, jsonLimit, nil); err != nil {
		return err
	}
	return c.Next()
}

// byteBudget bounds the bytes in memory at once.
type byteBudget struct {
	limit int64
	used  atomic.Int64
}

func (r *byteBudget) reserve(n int) (leave func(), ok bool) {
	size := int64(n)
	if r.used.Add(size) > r.limit {
		r.used.Add(-size)
		return nil, false
	}
	return func() { r.used.Add(-size) }, true
}
