package schema

import (
	"slices"
	"strings"
)

// NoPlate stands for a vehicle without a plate. It fits every plate type and makes no natural key.
const NoPlate = "-"

// plates holds the shapes of plate numbers by plate type, and further shapes on the road.
type plates struct {
	byType  map[string][]shape
	untyped []shape
	layouts yamlPlates
}

// shape is a layout of a plate number: the allowed characters of each position.
type shape []string

func (s shape) matches(number string) bool {
	i := 0
	for _, r := range number {
		if i == len(s) || !strings.ContainsRune(s[i], r) {
			return false
		}
		i++
	}
	return i == len(s)
}

// fits reports whether number has a shape of its plate type. A type without shapes accepts every plausible number.
func (p *plates) fits(plateType, number string) bool {
	shapes, ok := p.byType[plateType]
	if !ok || number == NoPlate {
		return true
	}
	return anyMatches(shapes, number)
}

// PlateBegin is the beginning of plates in a division (GB/T 2260, six digits): 冀F in 130636. "" for a division without one.
func (s *Schema) PlateBegin(division string) string {
	return s.plates.layouts.Prefectures[division[:min(len(division), 4)]]
}

// known reports whether number has the shape of any plate.
func (p *plates) known(number string) bool {
	if number == NoPlate || anyMatches(p.untyped, number) {
		return true
	}
	for _, shapes := range p.byType {
		if anyMatches(shapes, number) {
			return true
		}
	}
	return false
}

func anyMatches(shapes []shape, number string) bool {
	return slices.ContainsFunc(shapes, func(s shape) bool { return s.matches(number) })
}

// compileShape reads a layout such as "PLSSSS挂": a class letter stands for its characters, any other character for
// itself.
func compileShape(layout string, classes map[string]string) shape {
	var s shape
	for _, r := range layout {
		set, ok := classes[string(r)]
		if !ok {
			set = string(r)
		}
		s = append(s, set)
	}
	return s
}
