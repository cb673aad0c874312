package merge

// words are what stored states say again and again; one byte stands for each. The table is part of the
// stored format: append only. What is not in it is written out, so it need not know every field.
var words = [...]string{
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
}

// wordNumbers is words read backwards. A word's number is its place, from 1.
var wordNumbers = func() map[string]byte {
	m := make(map[string]byte, len(words))
	for i, w := range words {
		m[w] = byte(i + 1)
	}
	return m
}()

// literal announces a word that is written out: length + 1, then its bytes. Number 0 is the empty word.
const literal = 0xff
