package schema

import (
	"errors"
	"sync"
	"testing"

	"roadbook/schema/data"
)

func TestConditionBool(t *testing.T) {
	tests := []struct {
		expr, fields string
		want, known  bool
	}{
		{`sets > 1`, `{"sets":2}`, true, true},
		{`sets > 1`, `{"sets":1}`, false, true},
		{`sets > 1`, `{}`, false, false},
		{`sets > 1`, `{"sets":null}`, false, false},
		{`sets > 1 && spoiled`, `{"spoiled":false}`, false, true}, // unknown && false is false
		{`sets > 1 && spoiled`, `{"spoiled":true}`, false, false},
		{`sets > 1 || spoiled`, `{"spoiled":true}`, true, true}, // unknown || true is true
		{`sets > 1 || spoiled`, `{"spoiled":false}`, false, false},
		{`!spoiled`, `{}`, false, false},
		{`known(sets)`, `{"sets":0}`, true, true},
		{`known(sets)`, `{"sets":null}`, false, true},
		{`!known(sets)`, `{}`, true, true},
		{`default(spoiled, false)`, `{}`, false, true},
		{`default(spoiled, false)`, `{"spoiled":true}`, true, true},
		{`default(sets, 1) == 1`, `{}`, true, true},
		{`business == "register" && !default(spoiled, false)`, `{"business":"注册"}`, true, true},
		{`business == "register" && !default(spoiled, false)`, `{"business":"注册","spoiled":true}`, false, true},
		{`plate_number == "冀F8K2M6"`, `{"plate_number":"冀F8K2M6"}`, true, true},
		{`plateFits(plate_type, plate_number)`, `{"plate_type":"02","plate_number":"冀FD12345"}`, false, true},
		{`1 / sets > 0`, `{"sets":0}`, false, false}, // an error is no answer
		{`lon == "115.5"`, `{"lon":115.50}`, true, true},
		{`extra > 3`, `{}`, true, true},
	}
	vars := Values{{"extra", Value{Type: TypeInt, I: 4}}}
	for _, tt := range tests {
		cond, err := Default().Compile("plate", tt.expr, TypeBool, Var{"extra", TypeInt})
		if err != nil {
			t.Fatalf("%s: %v", tt.expr, err)
		}
		got, known := cond.Bool(decodeGood(t, "plate", tt.fields), vars)
		if got != tt.want || known != tt.known {
			t.Errorf("%s on %s: %v, known %v; want %v, %v", tt.expr, tt.fields, got, known, tt.want, tt.known)
		}
	}
}

func TestConditionInt(t *testing.T) {
	tests := []struct {
		kind, expr, fields string
		want               int64
		known              bool
	}{
		{"plate", `default(sets, 1)`, `{}`, 1, true},
		{"plate", `default(sets, 1)`, `{"sets":3}`, 3, true},
		{"plate", `sets`, `{}`, 0, false},
		{"incident", `dispatched_at - reported_at`, `{"reported_at":"2020-12-31T23:59:00+08:00","dispatched_at":"2021-01-01T00:30:00+08:00"}`, 1860000, true},
		{"incident", `dispatched_at - reported_at`, `{"reported_at":"2020-12-31T23:59:00+08:00"}`, 0, false},
		{"incident", `size(agencies)`, `{"agencies":["消防","急救"]}`, 2, true},
		{"accident", `dead * 9223372036854775807`, `{"dead":2}`, 0, false}, // overflow is no answer
	}
	for _, tt := range tests {
		cond, err := Default().Compile(tt.kind, tt.expr, TypeInt)
		if err != nil {
			t.Fatalf("%s: %v", tt.expr, err)
		}
		if got, known := cond.Int(decodeGood(t, tt.kind, tt.fields), nil); got != tt.want || known != tt.known {
			t.Errorf("%s on %s: %d, known %v; want %d, %v", tt.expr, tt.fields, got, known, tt.want, tt.known)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	tests := []struct {
		kind, expr   string
		want         Type
		line, column int
	}{
		{"nonsense", `true`, TypeBool, 0, 0},
		{"plate", `sets +`, TypeInt, 1, 7},
		{"plate", `sets > 1 && colour == 2`, TypeBool, 1, 13},
		{"plate", "true &&\n  sets == \"a\"", TypeBool, 2, 8},
		{"plate", `sets`, TypeBool, 0, 0},
		{"plate", `sets > 1`, TypeInt, 0, 0},
		{"plate", `default(sets, "a") == 1`, TypeBool, 1, 8},
	}
	for _, tt := range tests {
		_, err := Default().Compile(tt.kind, tt.expr, tt.want)
		var wrong *CompileError
		if !errors.As(err, &wrong) || wrong.Line != tt.line || wrong.Column != tt.column || wrong.Reason == "" {
			t.Errorf("%s: %v, want a fault at %d:%d", tt.expr, err, tt.line, tt.column)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	cond, err := Default().Compile("plate", `business == "register" && !default(spoiled, false)`, TypeBool)
	if err != nil {
		b.Fatal(err)
	}
	v := decodeGood(b, "plate", goodPlate)
	b.ReportAllocs()
	for b.Loop() {
		cond.Bool(v, nil)
	}
}

// All goroutines of a server share conditions: each goroutine must see its own values.
func TestConditionInManyGoroutines(t *testing.T) {
	cond, err := Default().Compile("plate", `default(sets, 1) * 10`, TypeInt)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range int64(8) {
		group.Go(func() {
			v := Values{{"sets", Value{Type: TypeInt, I: n}}}
			for range 2000 {
				if got, ok := cond.Int(v, nil); !ok || got != n*10 {
					t.Errorf("%d gives %d, %v", n, got, ok)
					return
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(data.FS); err != nil {
			b.Fatal(err)
		}
	}
}
