package localdb

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// AmbiguousError: an abbreviated id stands for several records or items of this device.
type AmbiguousError struct {
	Subjects []string // ids, at most mostCandidates
	More     bool     // there are more
}

func (*AmbiguousError) Error() string { return "localdb: an abbreviated id stands for several records" }

const (
	leastAbbreviation = 4  // characters of an abbreviated id
	mostCandidates    = 10 // records that an AmbiguousError names
)

// lastWords stand for the record or item of the last line saved on this disk.
var lastWords = []string{"last", "最近", "上一条"}

// Resolve finds the record or item that a person means: by the id of any observation; by a part of such an id, at least
// four characters from its begin, from a dot, or up to its end; by "#17" or "DEVICE #17", the 17th line of a device;
// by "last". A whole id is returned unchanged, known or not. Errors: ErrUnknownRecord, *AmbiguousError.
func (db *DB) Resolve(ctx context.Context, typed string) (id string, err error) {
	typed = schema.CleanName(typed)
	if _, err := wire.ParseObsID(typed); err == nil {
		return typed, nil
	}
	err = db.readTx(ctx, func() (err error) {
		id, err = db.resolve(strings.ToLower(typed))
		return err
	})
	return id, err
}

func (db *DB) resolve(typed string) (string, error) {
	if slices.Contains(lastWords[:], typed) {
		return db.lastSubject()
	}
	c := candidates{db: db, fits: abbreviates(typed)}
	if device, seq, ok := strings.Cut(typed, "#"); ok {
		c.fits = numbers(strings.TrimSpace(device), seq, db.device)
	}
	if c.fits == nil {
		return "", ErrUnknownRecord
	}
	if err := c.collect(); err != nil && !errors.Is(err, errStop) {
		return "", err
	}
	switch len(c.subjects) {
	case 0:
		return "", ErrUnknownRecord
	case 1:
		return c.subjects[0], nil
	}
	more := len(c.subjects) > mostCandidates
	return "", &AmbiguousError{c.subjects[:min(len(c.subjects), mostCandidates)], more}
}

// lastSubject is the record or item of the last own line.
func (db *DB) lastSubject() (id string, err error) {
	found, err := db.queryOne(selectObservations+"ORDER BY lines.key DESC LIMIT 1", func(s *sqlite3.Stmt) error {
		var o Observation
		err := db.scanOwn(s, &o)
		id = o.subject()
		return err
	})
	if err == nil && !found {
		err = ErrUnknownRecord
	}
	return id, err
}

// subject is the item that the observation speaks about, or else the record.
func (o *Observation) subject() string {
	switch {
	case o.Line.Item != "":
		return o.Line.Item
	case o.Line.Act == wire.Create:
		return o.ID.String()
	}
	return merge.RecordOf(o.ID, &o.Line)
}

// candidates are the subjects of the observations whose ids fit, each once.
type candidates struct {
	db       *DB
	fits     func(id string) bool
	ids      []string
	subjects []string
}

// collect looks at the ids of all own and pulled lines. errStop: there are more candidates than an error names.
func (c *candidates) collect() error {
	err := c.db.queryEach("SELECT lines.key, streams.epoch, lines.hash FROM lines JOIN streams ON streams.id = lines.key >> 32",
		func(s *sqlite3.Stmt) error {
			var h wire.Hash
			_, seq := splitKey(s.ColumnInt64(0))
			if err := scanHash(s, 2, &h); err != nil {
				return err
			}
			return c.add(wire.NewObsID(c.db.stream(s.ColumnText(1)), seq, h).String())
		})
	if err == nil {
		err = c.db.queryEach("SELECT id FROM pulled", func(s *sqlite3.Stmt) error { return c.add(s.ColumnText(0)) })
	}
	if err != nil && !errors.Is(err, errStop) {
		return err
	}
	return c.findSubjects()
}

// add ends the search at so many ids that they are of more records than an error names.
func (c *candidates) add(id string) error {
	if c.fits(id) {
		c.ids = append(c.ids, id)
	}
	if len(c.ids) > merge.MaxOwn*mostCandidates {
		return errStop
	}
	return nil
}

func (c *candidates) findSubjects() error {
	seen := map[string]bool{}
	for _, id := range c.ids {
		o, _, err := c.db.findObservation(id)
		if err != nil {
			return err
		}
		if subject := o.subject(); !seen[subject] {
			seen[subject] = true
			c.subjects = append(c.subjects, subject)
		}
		if len(c.subjects) > mostCandidates {
			return errStop
		}
	}
	return nil
}

// abbreviates returns the test of ids for a typed part, nil for no such part. Letters that ids lack are taken for the
// digits that look like them.
func abbreviates(typed string) func(id string) bool {
	typed = strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(typed)
	if len(typed) < leastAbbreviation || strings.Trim(typed, "0123456789abcdefghjkmnpqrstvwxyz.") != "" {
		return nil
	}
	return func(id string) bool {
		return strings.HasPrefix(id, typed) || strings.Contains(id, "."+typed) || strings.HasSuffix(id, typed)
	}
}

// numbers returns the test of ids for the line at a sequence of a device, "" for this one.
func numbers(device, seq, own string) func(id string) bool {
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return nil
	}
	if device == "" {
		device = own
	}
	return func(id string) bool {
		parsed, err := wire.ParseObsID(id)
		return err == nil && parsed.Seq == n && strings.HasPrefix(parsed.Device, device)
	}
}
