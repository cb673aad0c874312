package schema

import "strings"

// Mask hides a text but its first two characters: a sensitive value, wherever shown to people without need.
func Mask(text string) string {
	const shown = 2
	runes := []rune(text)
	if len(runes) <= shown {
		return strings.Repeat("*", len(runes))
	}
	return string(runes[:shown]) + strings.Repeat("*", len(runes)-shown)
}

// Masked is the text of a field's value as shown to people: masked, if the field is sensitive. An unknown field masks nothing.
func (k *Kind) Masked(field, text string) string {
	if f, ok := k.Field(field); ok && f.Sensitive {
		return Mask(text)
	}
	return text
}
