package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/sqlitestore"
)

// OpenStore opens only the database, beside a running server, if any. closeStore ends it. store.ErrNotFound: there is
// no database yet, and none was made. ErrGone: the database was lost.
func OpenStore(ctx context.Context, cfg Config) (s store.Store, closeStore func() error, err error) {
	cfg.setDefaults()
	if err := cfg.checkDatabase(); err != nil {
		return nil, nil, err
	}
	if s, err = connect(ctx, cfg); err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// DatabaseOf is the database's name for a MongoDB URI.
func DatabaseOf(uri string) string {
	if name := databaseOf(uri); name != "" {
		return name
	}
	return mongostore.DefaultDatabase
}

// Remove deletes the configured database with all its data. The caller has made sure that the data may go. Other
// files in the data directory stay, and so does the directory then. ErrInUse: a server is running on the directory.
func Remove(ctx context.Context, cfg Config) error {
	cfg.setDefaults()
	if cfg.Mongo != "" {
		return mongostore.Drop(ctx, mongostore.Config{URI: cfg.Mongo, Database: databaseOf(cfg.Mongo)})
	}
	unlock, err := lock(filepath.Join(cfg.Data, lockFile))
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.Data, err)
	}
	var errs []error
	for _, name := range append(slices.Clone(databaseFiles), markFile, sqlitestore.ReserveFile) {
		if err := os.Remove(filepath.Join(cfg.Data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if errs = append(errs, unlock()); errors.Join(errs...) != nil {
		return errors.Join(errs...)
	}
	if err := os.Remove(filepath.Join(cfg.Data, lockFile)); err != nil {
		return err
	}
	_ = os.Remove(cfg.Data) // fails unless the directory is empty
	return nil
}
