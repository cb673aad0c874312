package query

import (
	"encoding/json"
	"strconv"

	"roadbook/schema"
)

// fieldsJSON writes values as a line's JSON object, sensitive values masked. The signed line itself is only in the
// export of observations, unmasked: a masked line could not be verified.
func (q *Query) fieldsJSON(kind string, vs schema.Values) json.RawMessage {
	k, _ := q.cfg.Schema.Kind(kind)
	b := []byte{'{'}
	for i := range vs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, vs[i].Name), ':')
		b = schema.AppendJSON(b, maskValue(k, vs[i]))
	}
	return append(b, '}')
}

func maskValue(k *schema.Kind, n schema.Named) schema.Value {
	if k == nil {
		return n.Value
	}
	if f, ok := k.Field(n.Name); !ok || !f.Sensitive {
		return n.Value
	}
	switch n.Value.Type {
	case schema.TypeList:
		items := schema.ListOf(n.Value)
		for i := range items {
			items[i] = schema.Mask(items[i])
		}
		b, err := json.Marshal(items)
		if err != nil {
			return schema.Value{}
		}
		return schema.Value{Type: schema.TypeList, S: string(b)}
	case schema.TypeText, schema.TypePlate, schema.TypeRecord:
		return schema.Value{Type: schema.TypeText, S: schema.Mask(n.Value.S)}
	}
	return schema.Value{}
}
