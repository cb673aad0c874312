package merge

// dictionary lists words that occur in many stored states; one byte stands for each. The table is part of the stored
// format: append only. Other words are written out, so the table need not contain every field.
var dictionary = [...]string{
	"create", "amend", "void", "restore", "link", "separate", "review", "release",
	"typed", "exact", "estimated",
	"incident", "accident", "casualty", "plate",
	"unit", "site", "occurred_at", "lon", "lat", "crs", "remark",
	"category", "reported_at", "dispatched_at", "arrived_at", "cleared_at", "agencies",
	"case_number", "closed_at", "severity", "procedure", "dead", "injured",
	"road_type", "weather", "light", "vehicles", "photos",
	"died_at", "note",
	"plate_type", "plate_number", "vehicle_type", "business", "sets", "spoiled",
	"register", "replace", "renew", "property", "injury", "fatal", "self", "simple", "general",
	"01", "02", "52", "WGS84", "GCJ02",

	"nil", "kind", "day", "hit_and_run", "opened_at", "solved_at",
	"enforcement", "violation_code", "action", "document_number", "warning", "fine", "detain", "other",
	"10", "11", "12", "13", "14", "22",
	"offsite", "period_from", "period_to", "number", "source_system", "file_digest", "source_key",
	"patrol", "segment", "shift", "shift_day", "start_at", "end_at", "early", "middle", "night",
	"congestion", "km", "minutes", "level", "smooth", "mostly_smooth", "moderate", "severe",
	"hazard", "found_at", "fixed_at", "verified_at",
	"facility", "facility_type", "plan_item", "planned", "accepted", "status", "status_from", "status_to",
	"camera", "signal", "sign", "marking", "bay", "checkpoint", "in_use", "idle", "broken",
	"task", "project", "due_on", "done_at",
	"survey", "serial", "topic", "grade", "petition", "beneficiary", "vehicle",
	"very_satisfied", "satisfied", "fair", "dissatisfied",
	"asset", "bought_on", "in_service_on",
	"certificate", "certificate_number", "quantity", "vehicle_licence", "registration",
	"compliance", "due", "missed", "expenditure", "amount_fen", "voucher",
	"attestation", "row", "value", "evidence", "count", "what",
	"baseline", "measure", "source", "name", "code",
}

// dictionaryIndex maps each word of dictionary to its number. A word's number is its position, counted from 1.
var dictionaryIndex = func() map[string]byte {
	m := make(map[string]byte, len(dictionary))
	for i, w := range dictionary {
		m[w] = byte(i + 1)
	}
	return m
}()

// literal announces a word that is written out: length, then bytes. Number 0 is the empty word.
const literal = 0xff
