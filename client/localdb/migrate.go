package localdb

import (
	"context"
	"fmt"
)

// migrations bring the tables from one version to the next. The version is the number of migrations applied. An
// existing migration never changes: a change is a new migration.
var migrations = []string{
	`CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,

	// One row a stream (device epoch). Lines go to the last stream, unless it is closed: then the next observation
	// begins a new stream.
	`CREATE TABLE streams (
		id     INTEGER PRIMARY KEY,
		epoch  TEXT NOT NULL UNIQUE,
		seq    INTEGER NOT NULL,           -- of the last line
		head   BLOB NOT NULL,              -- h(seq)
		hlc    INTEGER NOT NULL,           -- last hybrid stamp
		closed INTEGER NOT NULL DEFAULT 0  -- another disk has written to it too
	)`,

	// key = stream id << 32 | seq: keys are in the order of saving.
	`CREATE TABLE lines (
		key    INTEGER PRIMARY KEY,
		hash   BLOB NOT NULL,            -- h(seq)
		line   BLOB NOT NULL,            -- verbatim
		about  TEXT,                     -- record spoken about, where it is another line's
		boot   TEXT NOT NULL,
		saved  INTEGER NOT NULL,         -- Unix ms by the device
		status TEXT NOT NULL DEFAULT '', -- '' = waiting, else the server's word
		faults TEXT                      -- JSON, of a quarantined line
	)`,
	`CREATE INDEX lines_waiting ON lines (key) WHERE status = ''`,
	`CREATE INDEX lines_quarantined ON lines (key) WHERE status = 'quarantined'`,
	`CREATE INDEX lines_about ON lines (about) WHERE about IS NOT NULL`,

	`CREATE TABLE boots (
		epoch TEXT NOT NULL, boot TEXT NOT NULL,
		base INTEGER NOT NULL, ceiling INTEGER NOT NULL, sig BLOB NOT NULL,
		PRIMARY KEY (boot, epoch)
	) WITHOUT ROWID`,

	// Pulled observations of other devices, and own ones lost by this disk.
	`CREATE TABLE pulled (
		id TEXT PRIMARY KEY, record TEXT NOT NULL, line BLOB NOT NULL,
		base INTEGER NOT NULL, ceiling INTEGER NOT NULL
	) WITHOUT ROWID`,
	`CREATE INDEX pulled_record ON pulled (record)`,

	`CREATE TABLE fates (id TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id, status)) WITHOUT ROWID`,
	`CREATE TABLE officers (
		name TEXT PRIMARY KEY, pin TEXT NOT NULL,
		wrong INTEGER NOT NULL DEFAULT 0  -- wrong PINs in a row
	) WITHOUT ROWID`,

	// The records for listing. A trigger adds pulled records, even if an older running program pulls them.
	`CREATE TABLE known (
		record TEXT PRIMARY KEY,
		kind   TEXT NOT NULL,    -- as its first line says; '' = that is not here
		own    INTEGER NOT NULL, -- key of the last own line about it, 0 = none
		said   INTEGER NOT NULL  -- greatest stamp of what was pulled about it
	) WITHOUT ROWID`,
	`CREATE INDEX known_kind ON known (kind, own DESC, said DESC)`,
	`CREATE INDEX known_last ON known (own DESC, said DESC)`,
	`CREATE TRIGGER known_pulled AFTER INSERT ON pulled BEGIN
		INSERT INTO known VALUES (new.record,
			CASE WHEN new.id = new.record AND json_extract(CAST(new.line AS TEXT), '$.act') = 'create'
				THEN json_extract(CAST(new.line AS TEXT), '$.kind') ELSE '' END,
			0, CAST(json_extract(CAST(new.line AS TEXT), '$.clock.hlc') AS INTEGER))
		ON CONFLICT (record) DO UPDATE SET said = max(said, excluded.said),
			kind = CASE WHEN excluded.kind <> '' THEN excluded.kind ELSE kind END;
	END`,
	// With lines in the database, fillKnown follows.
	`INSERT INTO meta SELECT 'known', '1' WHERE NOT EXISTS (SELECT 1 FROM lines) AND NOT EXISTS (SELECT 1 FROM pulled)`,

	// What boots of version 2 say beyond version 1, of own and pulled lines. A table of its own: an older running
	// program goes on writing the others.
	`CREATE TABLE boot_clocks (
		stream TEXT NOT NULL, boot TEXT NOT NULL,
		wall_offset INTEGER NOT NULL, mono INTEGER NOT NULL, -- ms, of the device at the fixing
		PRIMARY KEY (boot, stream)
	) WITHOUT ROWID`,

	// Other units' records, of which the server tells no more.
	`CREATE TABLE elsewhere (
		record TEXT PRIMARY KEY,
		unit   TEXT NOT NULL,
		grp    TEXT NOT NULL,    -- of a record linked with one of the unit
		gone   INTEGER NOT NULL  -- it was this unit's
	) WITHOUT ROWID`,
	`CREATE INDEX elsewhere_grp ON elsewhere (grp)`,

	// Whose lines are HQ's: devices of HQ's people and of imports.
	`CREATE TABLE hq_devices (device TEXT PRIMARY KEY) WITHOUT ROWID`,

	// What HQ did to the unit's records, until the officer has been shown it, and every review.
	`CREATE TABLE acts (
		key    INTEGER PRIMARY KEY,
		id     TEXT NOT NULL,            -- HQ's line; of 'released' the own line; '' of 'gone'
		what   TEXT NOT NULL,            -- the line's act, or 'released', 'gone'
		record TEXT NOT NULL,
		unit   TEXT NOT NULL DEFAULT '', -- of 'gone': to which
		at     INTEGER NOT NULL,         -- Unix ms
		shown  INTEGER NOT NULL,
		UNIQUE (id, what, record)
	)`,
	`CREATE INDEX acts_new ON acts (at) WHERE shown = 0`,
	`CREATE INDEX acts_record ON acts (record)`,
	`CREATE INDEX acts_what ON acts (what)`,
	`INSERT INTO acts (id, what, record, at, shown) SELECT id, act, record, hlc / 65536, 0 FROM
		(SELECT id, record, json_extract(CAST(line AS TEXT), '$.act') AS act,
			CAST(json_extract(CAST(line AS TEXT), '$.clock.hlc') AS INTEGER) AS hlc FROM pulled)
		WHERE act IN ('link', 'separate', 'review', 'release')`,
	`INSERT OR IGNORE INTO hq_devices SELECT substr(id, 1, 10) FROM acts`,

	// HQ's lists. slot 'last': as last pulled; 'read': the newest that this program could read, if 'last' is of a newer form.
	`CREATE TABLE reference (slot TEXT PRIMARY KEY, digest TEXT NOT NULL, text BLOB NOT NULL)`,

	// The server's last word on the doubts about a record, as JSON; an empty list: there are none.
	`CREATE TABLE told_doubts (record TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID`,

	// Names under which records find each other: the same event, the same number, a plate some days before.
	`CREATE TABLE record_keys (key TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (key, record)) WITHOUT ROWID`,
	`CREATE INDEX record_keys_record ON record_keys (record)`,
	// With lines in the database, fillRecordKeys follows.
	`INSERT INTO meta SELECT 'record_keys', '1' WHERE NOT EXISTS (SELECT 1 FROM lines) AND NOT EXISTS (SELECT 1 FROM pulled)`,

	// Drafts as typed, until they are saved or dropped.
	`CREATE TABLE forms (
		id TEXT PRIMARY KEY, officer TEXT NOT NULL,
		at INTEGER NOT NULL,  -- Unix ms by the device
		body BLOB NOT NULL
	) WITHOUT ROWID`,
}

// SchemaVersion is the version of the database's tables, as in PRAGMA user_version.
func SchemaVersion() int { return len(migrations) }

// migrate applies the missing migrations and sets the version, in one transaction.
func (db *DB) migrate(ctx context.Context) error {
	return db.runTxOnConn(ctx, begin, func() error {
		have, err := db.queryInt("PRAGMA user_version")
		if err != nil {
			return err
		}
		if have > int64(len(migrations)) {
			return fmt.Errorf("%w: version %d, this program knows %d", ErrNewer, have, len(migrations))
		}
		if have == int64(len(migrations)) {
			return nil
		}
		if have == 0 && db.cfg.Known {
			return ErrGone
		}
		for _, sql := range migrations[have:] {
			if err := db.conn.Exec(sql); err != nil {
				return translate(err)
			}
		}
		return translate(db.conn.Exec(fmt.Sprintf("PRAGMA user_version = %d", len(migrations))))
	})
}
