package schema

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Condition is a compiled, type-checked CEL expression over the fields of a kind.
//
// Fields have these CEL types: int, time (Unix ms) and day (yyyymmdd) are int, bool is bool, a list is list(string),
// the rest is string. A field without a value is *unknown*, and unknown spreads as in three-valued logic: "unknown &&
// false" is false, "unknown || true" is true, every other operation on unknown is unknown. known(f) tells whether f has
// a value; default(f, v) is f, or v if f has no value; functions.go defines the other functions. An evaluation with an
// unknown result, or with an error (overflow, division by zero), returns ok = false: a rule is then not checked and a
// measure does not count.
type Condition struct {
	Source  string
	prog    cel.Program
	checked *celast.AST
}

// Var is a variable that a condition may use besides the fields of its kind.
type Var struct {
	Name string
	Type Type
}

// Compile type-checks an expression over a kind's fields and the extra variables.
// Its result must be of type want (TypeBool or TypeInt). The error is a *CompileError.
func (s *Schema) Compile(kind, expr string, want Type, extra ...Var) (*Condition, error) {
	k, ok := s.Kind(kind)
	if !ok {
		return nil, &CompileError{Reason: fmt.Sprintf("no kind %q", kind)}
	}
	return s.envs.compile(k, expr, want, extra)
}

// CompileError gives the place of an error in an expression; Line and Column count from 1, 0 = the whole expression.
type CompileError struct {
	Line, Column int
	Reason       string
}

func (e *CompileError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Reason)
}

// Bool evaluates a condition of type bool. vars are the extra variables; ok is false if the answer is unknown.
func (c *Condition) Bool(v, vars Values) (value, ok bool) {
	b, ok := c.eval(v, vars).(types.Bool)
	return bool(b), ok
}

// Int evaluates a condition of type int, with the same parameters as Bool.
func (c *Condition) Int(v, vars Values) (value int64, ok bool) {
	i, ok := c.eval(v, vars).(types.Int)
	return int64(i), ok
}

func (c *Condition) eval(v, vars Values) ref.Val {
	a := activations.Get().(*activation)
	a.fields, a.vars = v, vars
	out, _, err := c.prog.Eval(a)
	*a = activation{}
	activations.Put(a)
	if err != nil {
		return nil
	}
	return out
}

// activation gives CEL access to Values without building a map.
type activation struct{ fields, vars Values }

var (
	activations = sync.Pool{New: func() any { return new(activation) }}
	absent      = types.NewUnknown(1, nil)
)

func (a *activation) ResolveName(name string) (any, bool) {
	v, ok := a.fields.Get(name)
	if !ok {
		v, ok = a.vars.Get(name)
	}
	if !ok {
		return absent, true
	}
	return celValue(v), true
}

func (a *activation) Parent() cel.Activation { return nil }

func celValue(v Value) ref.Val {
	switch v.Type {
	case TypeInt, TypeTime, TypeDay:
		return types.Int(v.I)
	case TypeBool:
		return types.Bool(v.I != 0)
	case TypeList:
		return types.NewStringList(types.DefaultTypeAdapter, ListOf(v))
	default:
		return types.String(v.S)
	}
}

func celType(t Type) *cel.Type {
	switch t {
	case TypeInt, TypeTime, TypeDay:
		return cel.IntType
	case TypeBool:
		return cel.BoolType
	case TypeList:
		return cel.ListType(cel.StringType)
	default:
		return cel.StringType
	}
}

// environments makes the CEL environments: a base with the functions, extended by each kind's fields on first use.
type environments struct {
	base func() (*cel.Env, error)
	mu   sync.Mutex
	kind map[*Kind]*cel.Env
}

func newEnvironments(s *Schema) *environments {
	return &environments{
		kind: map[*Kind]*cel.Env{},
		base: sync.OnceValues(func() (*cel.Env, error) { return cel.NewEnv(celFunctions(s)...) }),
	}
}

func (e *environments) forKind(k *Kind) (*cel.Env, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if env, ok := e.kind[k]; ok {
		return env, nil
	}
	base, err := e.base()
	if err != nil {
		return nil, err
	}
	var vars []cel.EnvOption
	for _, f := range k.Fields {
		vars = append(vars, cel.Variable(f.Name, celType(f.Type)))
	}
	env, err := base.Extend(vars...)
	if err == nil {
		e.kind[k] = env
	}
	return env, err
}

func (e *environments) compile(k *Kind, expr string, want Type, extra []Var) (*Condition, error) {
	env, err := e.forKind(k)
	if err != nil {
		return nil, &CompileError{Reason: err.Error()}
	}
	if len(extra) > 0 {
		var vars []cel.EnvOption
		for _, v := range extra {
			vars = append(vars, cel.Variable(v.Name, celType(v.Type)))
		}
		if env, err = env.Extend(vars...); err != nil {
			return nil, &CompileError{Reason: err.Error()}
		}
	}
	ast, issues := env.Compile(expr)
	if issues.Err() != nil {
		return nil, compileError(issues)
	}
	if got := ast.OutputType(); !got.IsExactType(celType(want)) {
		return nil, &CompileError{Reason: fmt.Sprintf("the expression gives %s, not %s", got, celType(want))}
	}
	prog, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &CompileError{Reason: err.Error()}
	}
	return &Condition{Source: expr, prog: prog, checked: ast.NativeRep()}, nil
}

func compileError(issues *cel.Issues) *CompileError {
	first := issues.Errors()[0]
	return &CompileError{
		Line:   max(first.Location.Line(), 0),
		Column: first.Location.Column() + 1,
		Reason: strings.TrimSpace(first.Message),
	}
}
