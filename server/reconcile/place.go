package reconcile

import (
	"math"
	"slices"
	"strconv"

	"roadbook/schema"
)

// place takes the distance of two accidents: metres, else a vehicle or the type of road in common.
func (v *verdict) place(there, here *Entry) {
	if m, ok := metresApart(there, here); ok {
		zh, en, cost := "相距 %d 米", "%d m apart", 40
		switch {
		case m <= 200:
			cost = 0
		case m <= 1000:
			cost = 5
		case m <= 3000:
			cost = 15
		}
		v.takef(cost, zh, en, int64(m))
		return
	}
	a, b := there.field("road_type"), here.field("road_type")
	switch {
	case shareVehicle(there, here):
		v.take(0, "涉事车辆相同", "a vehicle in common")
	case a == "" || b == "":
		v.take(10, "地点不明", "the place is unknown")
	case a == b:
		v.take(5, "道路类型相同", "the same type of road")
	default:
		v.take(20, "道路类型不同", "another type of road")
	}
}

func shareVehicle(a, b *Entry) bool {
	x := a.value("vehicles")
	y := b.value("vehicles")
	of := schema.ListOf(y)
	return slices.ContainsFunc(schema.ListOf(x), func(plate string) bool { return plate != schema.NoPlate && slices.Contains(of, plate) })
}

// metresApart is the distance of two places, if both are known. Coordinate systems differ by up to 600 m: they must be equal.
func metresApart(a, b *Entry) (metres int, ok bool) {
	x1, y1, ok1 := position(a)
	x2, y2, ok2 := position(b)
	if !ok1 || !ok2 || a.field("crs") != b.field("crs") {
		return 0, false
	}
	const degree = 111_320 // metres
	dx := (x1 - x2) * degree * math.Cos(y1*math.Pi/180)
	dy := (y1 - y2) * degree
	return int(math.Round(math.Hypot(dx, dy))), true
}

func position(e *Entry) (lon, lat float64, ok bool) {
	x, y := e.field("lon"), e.field("lat")
	if x == "" || y == "" {
		return 0, 0, false
	}
	lon, err1 := strconv.ParseFloat(x, 64)
	lat, err2 := strconv.ParseFloat(y, 64)
	return lon, lat, err1 == nil && err2 == nil
}
