package localdb

import (
	"encoding/json"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/doubt"
	"roadbook/sync/wire"
)

// maxTold bounds the doubts kept about a record.
const maxTold = 64

// saveAnswerDoubts saves the doubts that an answer tells about the lines of its request, by record. It runs before the lines are
// acknowledged: a late answer to lines that were delivered meanwhile tells nothing new. The server does not yet know the
// neighbours of a record at this moment, so doubts about neighbours stay.
func (db *DB) saveAnswerDoubts(ans *wire.Answer, sent *wire.Request, a *Applied) error {
	f := sent.Frame
	if f == nil {
		return nil
	}
	st, found, err := db.streamByEpoch(f.Stream.Epoch)
	if err != nil || !found {
		return err
	}
	if err := db.dropOverruled(keyOf(st.id, f.First), keyOf(st.id, f.Last())); err != nil {
		return err
	}
	told := map[string][]wire.Doubt{}
	var order []string
	for _, d := range ans.Doubts {
		record, err := db.waitingRecord(&st, d.Seq, ans.Results)
		if err != nil {
			return err
		}
		if record == "" {
			continue
		}
		if told[record] == nil {
			order = append(order, record)
		}
		d.Seq = 0
		told[record] = append(told[record], d)
	}
	for _, record := range order {
		before, _, err := db.toldDoubts(record)
		if err != nil {
			return err
		}
		for _, d := range before {
			if d.Code == doubt.CodeNear || d.Code == doubt.CodeSameNumber {
				told[record] = append(told[record], d)
			}
		}
		if err := db.saveTold(record, told[record], a); err != nil {
			return err
		}
	}
	return nil
}

// waitingRecord is the record of a waiting line that the results acknowledge; "": there is no such line.
func (db *DB) waitingRecord(st *stream, seq uint64, results []wire.Result) (record string, err error) {
	if !slices.ContainsFunc(results, func(r wire.Result) bool {
		return r.First <= seq && seq <= r.Last && r.Status.Acknowledges() && r.Status != wire.Quarantined
	}) {
		return "", nil
	}
	h, found, err := db.hashAt(st, seq)
	if err != nil || !found {
		return "", err
	}
	o, record, err := db.findObservation(wire.NewObsID(db.stream(st.epoch), seq, h).String())
	if err != nil || o.Status != "" {
		return "", nil //nolint:nilerr // a sequence of no line
	}
	return record, nil
}

// dropOverruled drops the server's word about records that waiting lines of a frame change, as far as the word depends on what
// they change.
func (db *DB) dropOverruled(first, last int64) error {
	var records []string
	err := db.queryEach("SELECT DISTINCT told_doubts.record FROM lines JOIN told_doubts ON told_doubts.record = lines.about "+
		"WHERE lines.key BETWEEN ? AND ? AND lines.status = ''", func(s *sqlite3.Stmt) error {
		records = append(records, s.ColumnText(0))
		return nil
	}, first, last)
	if err != nil {
		return err
	}
	for _, record := range records {
		all, err := db.observationsOf(record)
		if err != nil {
			return err
		}
		if db.stands(record, all) {
			continue
		}
		if err := db.exec("DELETE FROM told_doubts WHERE record = ?", record); err != nil {
			return err
		}
	}
	return nil
}

// savePulledDoubts saves the doubts that a pull tells. A pull from the start tells everything anew, and so does a server
// whose doubts began anew.
func (db *DB) savePulledDoubts(p *wire.Pulled, a *Applied) error {
	if p.Reset || p.DoubtsAnew {
		if err := db.exec("DELETE FROM told_doubts"); err != nil {
			return err
		}
	}
	for _, r := range p.Doubts {
		if _, err := wire.ParseObsID(r.Record); err != nil {
			continue // of a later version
		}
		if err := db.saveTold(r.Record, r.Doubts, a); err != nil {
			return err
		}
	}
	return nil
}

// saveTold replaces the server's word about a record.
func (db *DB) saveTold(record string, told []wire.Doubt, a *Applied) error {
	text, err := json.Marshal(told[:min(len(told), maxTold)])
	if err != nil {
		return err
	}
	before, _, err := db.toldDoubts(record)
	if err != nil {
		return err
	}
	was, err := db.withoutOwn(before)
	if err != nil {
		return err
	}
	if is, err := db.withoutOwn(told); err != nil {
		return err
	} else if !slices.EqualFunc(was, is, saysTheSame) {
		a.Told = append(a.Told, record)
	}
	return db.exec("INSERT INTO told_doubts VALUES (?1, ?2) ON CONFLICT (record) DO UPDATE SET body = ?2", record, string(text))
}

// saysTheSame reports whether two doubts are the same news. A pull adds the other record's day to the answer's word.
func saysTheSame(a, b wire.Doubt) bool {
	a.Day, b.Day = "", ""
	return a == b
}

// withoutOwn leaves out the doubts that a device with lists finds itself, at saving already: the server tells no news by them.
func (db *DB) withoutOwn(told []wire.Doubt) ([]wire.Doubt, error) {
	digest, err := db.referenceDigest()
	if err != nil || digest == "" {
		return told, err
	}
	return slices.DeleteFunc(slices.Clone(told), func(t wire.Doubt) bool {
		rule, known := db.cfg.Schema.Doubt(t.Code)
		return known && rule.Of == "" && !t.Seen
	}), nil
}

// toldDoubts is the server's last word about a record; found is false if there is none.
func (db *DB) toldDoubts(record string) (told []wire.Doubt, found bool, err error) {
	found, err = db.queryOne("SELECT body FROM told_doubts WHERE record = ?", func(s *sqlite3.Stmt) error {
		return json.Unmarshal(s.ColumnRawText(0), &told)
	}, record)
	return told, found, err
}
