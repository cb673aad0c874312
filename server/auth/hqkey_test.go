package auth

import "testing"

func TestHQKeys(t *testing.T) {
	a, reg, w := start(t)
	key, err := a.HQKey(t.Context(), "chief")
	if err != nil {
		t.Fatal(err)
	}
	same, err := open(t, reg, w, 4).HQKey(t.Context(), "chief")
	if err != nil || !same.Equal(key) {
		t.Fatal("a second server has another key for the same user", err)
	}
	other, err := a.HQKey(t.Context(), "deputy")
	if err != nil || other.Equal(key) {
		t.Fatal("two users, one key", err)
	}
}
