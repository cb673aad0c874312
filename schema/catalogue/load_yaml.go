package catalogue

import (
	"errors"

	"roadbook/schema/internal/source"
)

func translateYAML(err error, file string) Fault {
	f := Fault{File: file, Code: FaultYAML}
	reason := err.Error()
	if at, ok := errors.AsType[*source.Error](err); ok {
		f.Line, f.Column, reason = at.Line, at.Column, at.Reason
	}
	f.Reason.ZH, f.Reason.EN = source.Translate(reason)
	return f
}
