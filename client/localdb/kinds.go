package localdb

import (
	"cmp"
	"encoding/json"
	"slices"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// serverKinds are the lines that the server takes: as last stated, or the first version's if the server states nothing.
func (db *DB) serverKinds() (*wire.Kinds, error) {
	text, err := db.getMeta(metaKinds)
	if err != nil || db.kinds != nil && text == db.kindsText {
		return db.kinds, err
	}
	k := wire.FirstKinds(db.cfg.Schema)
	if text != "" {
		k = &wire.Kinds{}
		if err := json.Unmarshal([]byte(text), k); err != nil {
			return nil, err
		}
	}
	db.kinds, db.kindsText = k, text
	return k, nil
}

// kindsDigest is the digest for requests: the server states its kinds if it has others.
func (db *DB) kindsDigest() (string, error) {
	k, err := db.serverKinds()
	if err != nil {
		return "", err
	}
	return cmp.Or(k.Digest, wire.NoKinds), nil
}

// saveKinds saves a statement; nil: the server states nothing.
func (db *DB) saveKinds(told *wire.Kinds) error {
	switch {
	case told == nil:
		return db.exec("DELETE FROM meta WHERE name = ?", metaKinds)
	case told.Fields == nil: // it is the one at hand
		return nil
	}
	text, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return db.putMeta(metaKinds, string(text))
}

// fitServer leaves out of a line's fields those that this program added and the server does not know. What a person typed
// is never left out but refused with words.
func (db *DB) fitServer(line *wire.Line, k *schema.Kind, fields, typed schema.Values) (fit schema.Values, faults schema.Faults, err error) {
	server, err := db.serverKinds()
	if err != nil {
		return nil, nil, err
	}
	if _, ok := server.Fields[k.Name]; !ok {
		return nil, schema.Faults{olderServerFault("", k.Label)}, nil
	}
	if !server.TakesAct(line.Act) {
		return nil, schema.Faults{olderServerFault("act", schema.Text{ZH: string(line.Act), EN: string(line.Act)})}, nil
	}
	if len(line.Share) > 0 && !server.TakesShare() {
		return nil, schema.Faults{olderServerFault("share", schema.Text{ZH: "共享", EN: "sharing"})}, nil
	}
	for _, n := range fields {
		if server.Fields.Field(k.Name, n.Name) {
			fit = append(fit, n)
			continue
		}
		line.Auto = slices.DeleteFunc(line.Auto, func(name string) bool { return name == n.Name })
		if f, ok := k.Field(n.Name); ok && typed.Has(n.Name) {
			faults = append(faults, olderServerFault(n.Name, f.Label))
		}
	}
	return fit, faults, nil
}

func olderServerFault(field string, label schema.Text) schema.Fault {
	return schema.Fault{Code: "older_server", Field: field, Message: schema.Text{
		ZH: "服务器的版本较旧，还不认识“" + label.ZH + "”；请先不填，待服务器升级并同步后再补",
		EN: "the server is older and does not know “" + label.EN + "” yet: leave it out, and add it once the server is upgraded and a sync went through"}}
}
