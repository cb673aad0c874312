package demo

import (
	"testing"

	"roadbook/server/command"
)

// The flags are repeated without a password.
func TestWhereHidesPasswords(t *testing.T) {
	for _, tt := range []struct{ mongo, file, want string }{
		{"mongodb://u:p@h/db", "/run/uri", " --mongo '@/run/uri'"}, {"mongodb://u:p@h/db?w=1", "", " --mongo 'mongodb://***@h/db?***'"},
	} {
		p := &command.Program{Common: &command.Common{Mongo: tt.mongo}, MongoFile: tt.file}
		if got := dataFlags(p); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
