// Package fakemongo is a server for tests that speaks MongoDB's protocol, claims to be the primary of a replica set,
// and answers each command as the test says. It stores only the commands received. Tests use it to inspect the
// commands of a driver and to give answers that no real engine gives on demand.
package fakemongo

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/x/mongo/driver/wiremessage"
)

// Command is one received command.
type Command struct {
	Name string
	DB   string
	On   string     // the collection, "" for a command about none
	Body bson.Raw   // without its document sequences
	Docs []bson.Raw // its document sequences: documents, updates or deletes
}

// Answer is the answer to a command.
type Answer = bson.D

// Server is one fake server.
type Server struct {
	Addr   string // host:port
	answer func(Command) Answer

	mu    sync.Mutex
	sent  []Command
	conns []net.Conn
}

// New starts a fake server for the duration of the test. answer chooses the answer to a command; nil gives the usual
// one: a find finds nothing, and every write succeeds.
func New(tb testing.TB, answer func(Command) Answer) *Server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of the test's own machine
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Addr: l.Addr().String(), answer: answer}
	var done sync.WaitGroup
	done.Go(func() { s.accept(l, &done) })
	tb.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		done.Wait()
	})
	return s
}

// URI returns an address with before ("user:password@") in front of the host and after ("/db?w=1") behind the host.
func (s *Server) URI(before, after string) string { return "mongodb://" + before + s.Addr + after }

// Sent returns the commands received so far, without the driver's commands for keeping connections.
func (s *Server) Sent() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Refusal is the answer to a failed command.
func Refusal(code int32, name, text string) Answer {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: text}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
}

// Found is the answer to a find or an aggregate.
func Found(docs ...any) Answer {
	if docs == nil {
		docs = []any{}
	}
	return bson.D{
		{Key: "ok", Value: 1.0}, {Key: "operationTime", Value: primitive.Timestamp{T: 7, I: 1}},
		{Key: "cursor", Value: bson.D{
			{Key: "id", Value: int64(0)}, {Key: "ns", Value: "fake.fake"}, {Key: "firstBatch", Value: bson.A(docs)},
		}},
	}
}

// Format is the answer of a database with a format of roadbook.
func Format(n int64) Answer {
	return Found(bson.D{{Key: "_id", Value: "format"}, {Key: "format", Value: n}})
}

func (s *Server) accept(l net.Listener, done *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		done.Go(func() { s.serve(c) })
	}
}

func (s *Server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		rest := make([]byte, binary.LittleEndian.Uint32(head)-16)
		if _, err := io.ReadFull(c, rest); err != nil {
			return
		}
		_, id, _, op, _, _ := wiremessage.ReadHeader(head)
		cmd, ok := parse(op, rest)
		if !ok {
			return
		}
		if _, err := c.Write(reply(id, op, s.handle(cmd))); err != nil {
			return
		}
	}
}

// The old messages still used by drivers to open a connection.
const (
	opReply wiremessage.OpCode = 1
	opQuery wiremessage.OpCode = 2004
)

// parse decodes a command in the present message form, and the first command of a connection in the old form.
func parse(op wiremessage.OpCode, b []byte) (cmd Command, ok bool) {
	if op == opQuery { // flags, a name with a final zero, two numbers, the command
		end := bytes.IndexByte(b[4:], 0)
		cmd.name(bsoncore.Document(b[4+end+1+8:]))
		return cmd, true
	}
	var body bsoncore.Document
	if _, b, ok = wiremessage.ReadMsgFlags(b); !ok {
		return cmd, false
	}
	for len(b) > 0 {
		var kind wiremessage.SectionType
		if kind, b, ok = wiremessage.ReadMsgSectionType(b); !ok {
			return cmd, false
		}
		if kind == wiremessage.SingleDocument {
			if body, b, ok = wiremessage.ReadMsgSectionSingleDocument(b); !ok {
				return cmd, false
			}
			cmd.name(body)
			continue
		}
		var docs []bsoncore.Document
		if _, docs, b, ok = wiremessage.ReadMsgSectionDocumentSequence(b); !ok {
			return cmd, false
		}
		for _, d := range docs {
			cmd.Docs = append(cmd.Docs, bson.Raw(d))
		}
	}
	return cmd, true
}

func (c *Command) name(body bsoncore.Document) {
	c.Body = bson.Raw(body)
	if elements, err := c.Body.Elements(); err == nil && len(elements) > 0 {
		c.Name = elements[0].Key()
		c.On, _ = elements[0].Value().StringValueOK()
	}
	c.DB, _ = c.Body.Lookup("$db").StringValueOK()
}

func (s *Server) handle(cmd Command) bson.D {
	switch cmd.Name {
	case "hello", "isMaster", "ismaster":
		return s.hello()
	case "ping", "endSessions":
		return bson.D{{Key: "ok", Value: 1.0}}
	}
	s.mu.Lock()
	s.sent = append(s.sent, cmd)
	s.mu.Unlock()
	if s.answer != nil {
		if d := s.answer(cmd); d != nil {
			return d
		}
	}
	if cmd.Name == "find" || cmd.Name == "aggregate" {
		return Found()
	}
	return bson.D{
		{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(len(cmd.Docs))}, {Key: "nModified", Value: int32(len(cmd.Docs))},
		{Key: "operationTime", Value: primitive.Timestamp{T: 7, I: 1}},
	}
}

func (s *Server) hello() bson.D {
	return bson.D{
		{Key: "ok", Value: 1.0}, {Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true}, {Key: "helloOk", Value: true},
		{Key: "setName", Value: "rs0"}, {Key: "me", Value: s.Addr}, {Key: "primary", Value: s.Addr}, {Key: "hosts", Value: bson.A{s.Addr}},
		{Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(21)}, {Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(48 << 20)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)}, {Key: "localTime", Value: primitive.NewDateTimeFromTime(time.Unix(1_700_000_000, 0))},
	}
}

func reply(to int32, op wiremessage.OpCode, d bson.D) []byte {
	doc, err := bson.Marshal(d)
	if err != nil {
		panic(err) // a test made it
	}
	if op == opQuery {
		at, b := wiremessage.AppendHeaderStart(nil, wiremessage.NextRequestID(), to, opReply)
		b = append(b, make([]byte, 4+8+4)...) // flags, cursor, start position
		b = append(binary.LittleEndian.AppendUint32(b, 1), doc...)
		return bsoncore.UpdateLength(b, at, int32(len(b)))
	}
	at, b := wiremessage.AppendHeaderStart(nil, wiremessage.NextRequestID(), to, wiremessage.OpMsg)
	b = wiremessage.AppendMsgFlags(b, 0)
	b = wiremessage.AppendMsgSectionType(b, wiremessage.SingleDocument)
	b = append(b, doc...)
	return bsoncore.UpdateLength(b, at, int32(len(b)))
}
