package localdb

import "roadbook/sync/wire"

// replaced reports whether an answer comes from another database than the last answer: the server was restored, or a copy
// was put back by hand. Then this device no longer knows which of its lines are delivered and quarantined.
func (db *DB) replaced(ans *wire.Answer, a *Applied) (bool, error) {
	last, err := db.getMeta(metaServerEpoch)
	if err != nil {
		return false, err
	}
	reset := ans.Pull != nil && ans.Pull.Reset && a.MovedTo == "" // a move resets the pull, too
	return last != "" && last != ans.ServerEpoch || ans.PutBack || reset, nil
}

// forgetTold forgets the arrivals in the database before, and which lines had no effect there. The next pull must tell all
// fates anew, by the server's reset or without a cursor. afresh: that pull begins without a cursor, with all boots of the stream,
// and tells the rest anew, too.
func (db *DB) forgetTold(serverTime int64, afresh bool) error {
	if err := db.putMetaInt(metaReplaced, serverTime); err != nil {
		return err
	}
	if err := db.exec("DELETE FROM meta WHERE substr(name, 1, ?1) = ?2", len(metaArrival), metaArrival); err != nil {
		return err
	}
	if afresh {
		if err := db.emptyTables("elsewhere", "told_doubts"); err != nil {
			return err
		}
	}
	return db.exec("DELETE FROM fates WHERE status = 'quarantined'")
}

// emptyTables deletes all rows.
func (db *DB) emptyTables(names ...string) error {
	for _, name := range names {
		if err := db.exec("DELETE FROM " + name); err != nil {
			return err
		}
	}
	return nil
}

// saveArrival saves the arrival in the answer to a frame.
func (db *DB) saveArrival(ans *wire.Answer, sent *wire.Request) error {
	if ans.Arrival == "" {
		return nil
	}
	return db.putMeta(metaArrival+sent.Stream.Epoch, ans.Arrival)
}

// reofferQuarantined makes the quarantined lines of a stream wait again, except those of the frame: the database may have
// accepted them.
func (db *DB) reofferQuarantined(st *stream, frame *wire.Frame, a *Applied) error {
	for _, s := range uncovered(st, nil, frame) {
		if err := db.reoffer("status = 'quarantined' AND key BETWEEN ? AND ?", a, keyOf(st.id, s.First), keyOf(st.id, s.Last)); err != nil {
			return err
		}
	}
	return nil
}
