package schema

import (
	"fmt"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// node is an expression as nested lists: see Tree.
type node []any

// pageOperations are the operations that a page evaluates, by CEL's overloads: those of whole numbers, texts, yes/no and lists
// of texts. client/field/rules has their other half.
var pageOperations = map[string]string{
	overloads.LogicalAnd: "&&", overloads.LogicalOr: "||", overloads.LogicalNot: "!", overloads.Conditional: "?:",
	overloads.Equals: "==", overloads.NotEquals: "!=", overloads.InList: "in",
	overloads.LessInt64: "<", overloads.LessEqualsInt64: "<=", overloads.GreaterInt64: ">", overloads.GreaterEqualsInt64: ">=",
	overloads.LessString: "<", overloads.LessEqualsString: "<=", overloads.GreaterString: ">", overloads.GreaterEqualsString: ">=",
	overloads.AddInt64: "+", overloads.SubtractInt64: "-", overloads.MultiplyInt64: "*", overloads.DivideInt64: "/",
	overloads.ModuloInt64: "%", overloads.NegateInt64: "neg", overloads.AddString: "concat",
	overloads.SizeString: "size", overloads.SizeList: "size",
	"known_any": "known", "default_any": "default", "plate_fits": "plateFits", "plate_known": "plateKnown",
	"listed_string_string": "listed", "day_of_int": "dayOf", "year_of_int": "yearOf", "milli_string": "milli", "scaled_string_int": "scaled",
}

// exactInt is the greatest whole number that JavaScript reads from JSON exactly.
const exactInt = 1<<53 - 1

// Tree is the checked expression as nested lists, for evaluators without CEL: ["var", name], ["const", value], ["list", node, …]
// and ["call", operation, node, …]. An operation that no page knows is an error.
func (c *Condition) Tree() ([]any, error) {
	n, err := treeOf(c.checked, c.checked.Expr())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Source, err)
	}
	return n, nil
}

func treeOf(a *celast.AST, e celast.Expr) (node, error) {
	switch e.Kind() {
	case celast.IdentKind:
		if t := a.GetType(e.ID()); t.Kind() == types.TypeKind {
			return nil, fmt.Errorf("a page knows no type %s", e.AsIdent())
		}
		return node{"var", e.AsIdent()}, nil
	case celast.LiteralKind:
		return constant(e)
	case celast.ListKind:
		return nodes(a, node{"list"}, e.AsList().Elements())
	case celast.CallKind:
		operation, err := operationOf(a, e)
		if err != nil {
			return nil, err
		}
		return nodes(a, node{"call", operation}, e.AsCall().Args())
	}
	return nil, fmt.Errorf("a page knows no expression of CEL's kind %d", e.Kind())
}

func nodes(a *celast.AST, out node, of []celast.Expr) (node, error) {
	for _, e := range of {
		n, err := treeOf(a, e)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func constant(e celast.Expr) (node, error) {
	switch v := e.AsLiteral().(type) {
	case types.Int:
		if v < -exactInt || v > exactInt {
			return nil, fmt.Errorf("a page can't read %d exactly", int64(v))
		}
		return node{"const", int64(v)}, nil
	case types.String:
		return node{"const", string(v)}, nil
	case types.Bool:
		return node{"const", bool(v)}, nil
	default:
		return nil, fmt.Errorf("a page knows no constant of type %s", v.Type().TypeName())
	}
}

// operationOf is the page's operation of a call, the same for all overloads that the call may mean.
func operationOf(a *celast.AST, e celast.Expr) (operation string, err error) {
	for _, overload := range a.GetOverloadIDs(e.ID()) {
		found, ok := pageOperations[overload]
		if !ok || operation != "" && operation != found {
			return "", fmt.Errorf("a page knows no operation %s", overload)
		}
		operation = found
	}
	if operation == "" {
		return "", fmt.Errorf("a page knows no function %s", e.AsCall().FunctionName())
	}
	return operation, nil
}
