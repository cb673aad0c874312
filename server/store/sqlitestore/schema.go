package sqlitestore

import (
	"fmt"

	"roadbook/server/store"
)

// migrations are the steps from one version of the file to the next. The version is the number of steps done. Tables
// keep older words: team for the evaluations of groups, held for quarantined lines, bucket for a registry's section.
var migrations = []string{
	`CREATE TABLE meta(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
	CREATE TABLE unit(n INTEGER PRIMARY KEY, s TEXT NOT NULL);
	CREATE TABLE kind(n INTEGER PRIMARY KEY, s TEXT NOT NULL);
	CREATE TABLE measure(n INTEGER PRIMARY KEY, s TEXT NOT NULL);
	CREATE TABLE stream(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, d BLOB);
	CREATE TABLE frame(n INTEGER PRIMARY KEY, s INTEGER, first INTEGER, last INTEGER, head BLOB, d BLOB, packed BLOB);
	CREATE UNIQUE INDEX frame_key ON frame(s, first, last, head);
	CREATE TABLE mark(n INTEGER PRIMARY KEY, num INTEGER, d BLOB);
	CREATE TABLE pending(n INTEGER PRIMARY KEY);
	CREATE TABLE feed(pos INTEGER PRIMARY KEY, n INTEGER, units BLOB);
	CREATE TABLE chunk(k INTEGER PRIMARY KEY, d BLOB);
	CREATE TABLE place(p INTEGER, n INTEGER, d BLOB, PRIMARY KEY(p, n)) WITHOUT ROWID;
	CREATE TABLE member(g INTEGER, r INTEGER, PRIMARY KEY(g, r)) WITHOUT ROWID;
	CREATE TABLE gone(g INTEGER, r INTEGER, PRIMARY KEY(g, r)) WITHOUT ROWID;
	CREATE TABLE run(id INTEGER PRIMARY KEY, n INTEGER, fences BLOB);
	CREATE TABLE run_page(k INTEGER PRIMARY KEY, d BLOB);
	CREATE TABLE team(name TEXT PRIMARY KEY, d BLOB) WITHOUT ROWID;
	CREATE TABLE total(k INTEGER PRIMARY KEY, v INTEGER);
	CREATE TABLE held(s TEXT, seq INTEGER, hash BLOB, d BLOB, released TEXT, PRIMARY KEY(s, seq, hash)) WITHOUT ROWID;
	CREATE TABLE registry(bucket TEXT, name TEXT, rev INTEGER, d BLOB, expires INTEGER, PRIMARY KEY(bucket, name)) WITHOUT ROWID;
	CREATE INDEX registry_expires ON registry(expires) WHERE expires > 0;`,
	// Keys of totals: a day in 23 bits instead of 27 leaves measures 20 bits instead of 14.
	`CREATE TABLE total2(k INTEGER PRIMARY KEY, v INTEGER);
	INSERT INTO total2 SELECT ((k >> 27) << 23) | ((day / 10000) << 9) | ((day / 100 % 100) << 5) | (day % 100), v
		FROM (SELECT k, v, k & 134217727 AS day FROM total);
	DROP TABLE total;
	ALTER TABLE total2 RENAME TO total;`,
	// Records and sums are made by numbered rules (tally.Rules): a program of before would count them back.
	``,
	// Frames keep the rules under which they came and all units of their device: a program of before would drop both.
	``,
}

// sideTable stands beside the versions: a program of before neither reads nor writes the table, and finds its file as it was.
const sideTable = `CREATE TABLE IF NOT EXISTS side(k TEXT PRIMARY KEY, d BLOB) WITHOUT ROWID`

// Format is the version to which this program brings a file.
func Format() int { return len(migrations) }

// migrate brings the file to this program's version, each step in a transaction of its own.
func migrate(c *conn, known bool) error {
	var version int64
	if err := c.each(`PRAGMA user_version`, func(r row) error { version = r.int(0); return nil }); err != nil {
		return err
	}
	if version > int64(len(migrations)) {
		return fmt.Errorf("%w: 数据库由更新的程序写成，请升级本程序。The database has version %d, this program knows up to %d: please update the program",
			store.ErrNewer, version, len(migrations))
	}
	if version == 0 && known {
		return ErrGone
	}
	for i := version; i < int64(len(migrations)); i++ {
		sql := fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version=%d; COMMIT", migrations[i], i+1)
		if err := c.c.Exec(sql); err != nil {
			return fmt.Errorf("step %d of the database's versions: %w", i+1, err)
		}
	}
	return c.c.Exec(sideTable)
}
