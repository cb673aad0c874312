package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
)

// Published catalogues are in the registry: each text under the digest of its bytes, never changed, and one list of
// their names in the order of publication. Only the list decides what is published, so that a publication is atomic.
const (
	catalogueSection = "catalogue"
	publishedList    = "published"
)

// Published is an entry of the list.
type Published struct {
	Name   string `json:"name"`   // "shunping-2021@1"
	Digest string `json:"digest"` // SHA-256 of the file, hex
	File   string `json:"file"`   // original file name, as named in faults
	At     int64  `json:"at"`     // Unix ms
}

// Errors of Publish.
var (
	ErrPublished = errors.New("该版本已发布，内容不同；已发布的版本不可更改，请提高 version / this version is published with another content and can't be changed: raise the version")
	ErrOlder     = errors.New("已发布更高的版本，请提高 version / a later version is published: raise the version")
)

// Catalogues loads the program's own catalogues and then the published ones, see catalogue.Together. The error is
// catalogue.Faults if a catalogue does not fit this program.
func Catalogues(ctx context.Context, r store.Registry, s *schema.Schema) ([]*catalogue.Catalogue, error) {
	own, err := catalogue.Embedded(s)
	if err != nil {
		return nil, fmt.Errorf("the embedded catalogues: %w", err)
	}
	list, _, err := readPublished(ctx, r)
	if err != nil {
		return nil, err
	}
	var published []*catalogue.Catalogue
	for i, p := range list {
		e, err := r.Get(ctx, catalogueSection, p.Digest)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		c, err := catalogue.Load(e.Data, p.File, s)
		if err != nil {
			return nil, err
		}
		c.Published = i + 1
		published = append(published, c)
	}
	return catalogue.Together(own, published), nil
}

// Publish puts a catalogue into force: at once if no server runs, else within seconds (follow.go). The catalogue is checked first, alone and together
// with all other catalogues; catalogue.Faults, ErrPublished and ErrOlder leave everything unchanged. Publishing the
// same bytes again changes nothing.
func Publish(ctx context.Context, r store.Registry, s *schema.Schema, text []byte, file string, now time.Time) (*catalogue.Catalogue, error) {
	return PublishIf(ctx, r, s, text, file, now, nil)
}

// Check refuses a new publication without other faults. all are the catalogues of the server, and stay so until the publication is made.
type Check func(c *catalogue.Catalogue, all []*catalogue.Catalogue) error

// PublishIf is Publish with a check of the caller's own; nil: none.
func PublishIf(
	ctx context.Context, r store.Registry, s *schema.Schema, text []byte, file string, now time.Time, check Check,
) (*catalogue.Catalogue, error) {
	c, err := catalogue.Load(text, file, s)
	if err != nil {
		return nil, err
	}
	for {
		err := publish(ctx, r, s, c, text, now, check)
		if !errors.Is(err, store.ErrConflict) { // a conflict means another publication meanwhile: check again
			return c, err
		}
	}
}

func publish(ctx context.Context, r store.Registry, s *schema.Schema, c *catalogue.Catalogue, text []byte, now time.Time, check Check) error {
	list, entry, err := readPublished(ctx, r)
	if err != nil {
		return err
	}
	all, err := Catalogues(ctx, r, s)
	if err != nil {
		return err
	}
	for _, other := range all {
		switch {
		case other.ID != c.ID || other.Version < c.Version:
		case other.Version > c.Version:
			return fmt.Errorf("%s: %w", other.Name(), ErrOlder)
		case other.Digest != c.Digest:
			return fmt.Errorf("%s: %w", c.Name(), ErrPublished)
		default:
			return nil // published already
		}
	}
	if err := c.CheckAgainst(all); err != nil {
		return err
	}
	if check != nil {
		if err := check(c, all); err != nil {
			return err
		}
	}
	if err := storeText(ctx, r, text); err != nil {
		return err
	}
	_, err = store.PutJSON(ctx, r, entry, append(list, Published{c.Name(), c.Digest, c.File, now.UnixMilli()}))
	if entry.Rev == 0 && errors.Is(err, store.ErrExists) {
		return store.ErrConflict
	}
	return err
}

func storeText(ctx context.Context, r store.Registry, text []byte) error {
	e := store.Entry{Section: catalogueSection, Name: digestOf(text), Data: slices.Clone(text)}
	if _, err := r.Put(ctx, e); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	return nil
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// PublishedList returns the list of published catalogues, in order of publication.
func PublishedList(ctx context.Context, r store.Registry) ([]Published, error) {
	list, _, err := readPublished(ctx, r)
	return list, err
}

func readPublished(ctx context.Context, r store.Registry) ([]Published, store.Entry, error) {
	return store.FindJSON[[]Published](ctx, r, catalogueSection, publishedList)
}

// CatalogueText returns the file of a catalogue loaded by Catalogues.
func CatalogueText(ctx context.Context, r store.Registry, c *catalogue.Catalogue) ([]byte, error) {
	if c.Published == 0 {
		return catalogue.EmbeddedText(c)
	}
	e, err := r.Get(ctx, catalogueSection, c.Digest)
	return e.Data, err
}
