package api

import (
	"encoding/json"
	"mime"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/server/query"

	"github.com/gofiber/fiber/v2"

	"roadbook/sync/wire"
)

// readStrictJSON is readJSON for a person's requests: a member of another name is refused, as is a parameter.
func readStrictJSON(c *fiber.Ctx, v any) error {
	var members map[string]json.RawMessage
	if err := readJSON(c, &members); err != nil {
		return err
	}
	var known []string
	for f := range reflect.TypeOf(v).Elem().Fields() {
		known = append(known, f.Tag.Get("json"))
	}
	var given []string
	for name := range members {
		given = append(given, strings.ToLower(name)) // as the decoder reads names
	}
	slices.Sort(given)
	if err := query.CheckNames(schema.Text{ZH: "字段", EN: "member"}, given, known...); err != nil {
		return err
	}
	return readJSON(c, v)
}

// readJSON reads a small JSON body. Unknown members are ignored: a device of a later version may send them.
func readJSON(c *fiber.Ctx, v any) error {
	body, err := plainBody(c)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return wire.Refuse(wire.CodeBadRequest, "JSON")
	}
	return nil
}

// plainBody returns a small body, which must not be compressed. The bytes are Fiber's memory and must not be kept.
func plainBody(c *fiber.Ctx) ([]byte, error) {
	if enc, ok := wire.ParseEncoding(c.Get(fiber.HeaderContentEncoding)); !ok || enc != wire.Identity {
		return nil, wire.Refuse(wire.CodeBadEncoding, "")
	}
	body := c.Request().Body()
	if len(body) > jsonLimit {
		return nil, wire.Refuse(wire.CodeTooLarge, "")
	}
	if !utf8.Valid(body) {
		return nil, wire.Refuse(wire.CodeBadRequest, "UTF-8")
	}
	return body, nil
}

// readGrant reads a token request, as JSON or as a form (RFC 7523, section 2.1).
func readGrant(c *fiber.Ctx, g *wire.TokenRequest) error {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationForm {
		return readJSON(c, g)
	}
	body, err := plainBody(c)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return wire.Refuse(wire.CodeBadRequest, "form")
	}
	g.GrantType, g.Assertion, g.Certificate = form.Get("grant_type"), form.Get("assertion"), form.Get("certificate")
	return nil
}

// answerEncoding chooses the compression of an answer: the first supported encoding in the Accept-Encoding header.
func answerEncoding(accept string) wire.Encoding {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.ReplaceAll(params, " ", "") == "q=0" {
			continue
		}
		switch enc := wire.Encoding(strings.ToLower(strings.TrimSpace(name))); enc {
		case wire.Zstd, wire.Gzip:
			return enc
		}
	}
	return wire.Identity
}
