package localdb

import (
	"encoding/json"
	"errors"

	"roadbook/sync/wire"
)

// saveMove takes over the unit that HQ gave the device. What the device saved before stays as it is. A move that is not
// later than the last one known comes from an old answer and changes nothing. Other devices' observations are forgotten:
// they are of the unit that the device left, and the next pull begins afresh.
func (db *DB) saveMove(m *wire.Moved, a *Applied) error {
	id, err := db.identity()
	if err != nil || m.Unit == "" || m.At <= id.Moved {
		return err
	}
	if id.Unit != m.Unit {
		a.MovedTo = m.Unit
		if err := db.forgetPulled(); err != nil {
			return err
		}
	}
	id.Unit, id.Earlier, id.Moved, id.Certificate = m.Unit, m.Earlier, m.At, m.Certificate
	text, err := json.Marshal(&id.Enrolled)
	if err != nil {
		return err
	}
	return db.putMeta(metaEnrolled, string(text))
}

// forgetPulled forgets the records about which this device has said nothing, and where the pull stood.
func (db *DB) forgetPulled() error {
	const strangers = "(SELECT record FROM pulled WHERE substr(record, 1, 10) <> ?1 " +
		"AND record NOT IN (SELECT about FROM lines WHERE about IS NOT NULL) " +
		"GROUP BY record HAVING sum(substr(id, 1, 10) = ?1) = 0)"
	for _, from := range []string{"acts", "known", "pulled"} {
		if err := db.exec("DELETE FROM "+from+" WHERE record IN "+strangers, db.device); err != nil {
			return err
		}
	}
	if err := db.forgetKeysOfStrangers(); err != nil {
		return err
	}
	if err := db.emptyTables("elsewhere", "told_doubts"); err != nil {
		return err
	}
	return db.exec("DELETE FROM meta WHERE name IN (?1, ?2)", metaCursor, metaTotals)
}

// shownCertificate is the certificate that requests carry: that of a device that was ever moved. It tells a restored
// server, and another server of the same database, to which units.
func (db *DB) shownCertificate() (string, error) {
	id, err := db.identity()
	if err != nil || id.Moved == 0 {
		if errors.Is(err, ErrNotEnrolled) {
			err = nil
		}
		return "", err
	}
	return id.Certificate, nil
}
