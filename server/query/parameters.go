package query

import (
	"slices"
	"strings"

	"roadbook/schema"
)

// CheckNames refuses a name that is not among the known ones, or stands twice: a mistyped unit would otherwise be an answer about
// all units. sort says what the names are of.
func CheckNames(sort schema.Text, given []string, known ...string) error {
	for i, name := range given {
		switch {
		case !slices.Contains(known, name):
			return refuseName(sort, name, known)
		case slices.Contains(given[:i], name):
			return badRequest(sort.ZH+" "+name+" 重复出现", "the "+sort.EN+" "+name+" stands more than once")
		}
	}
	return nil
}

func refuseName(sort schema.Text, name string, known []string) error {
	shown := []rune(schema.CleanName(strings.ToValidUTF8(name, "?")))
	name = string(shown[:min(len(shown), maxShownName)])
	if len(known) == 0 {
		return badRequest("没有"+sort.ZH+" "+name+"，这里不带"+sort.ZH, "there is no "+sort.EN+" "+name+"; none is taken here")
	}
	known = slices.Clone(known)
	slices.SortStableFunc(known, func(a, b string) int {
		return schema.Distance(strings.ToLower(name), a) - schema.Distance(strings.ToLower(name), b)
	})
	zh, en := joinNames(known)
	return badRequest("没有"+sort.ZH+" "+name+"，是否指 "+known[0]+"？可用："+zh, "there is no "+sort.EN+" "+name+": did you mean "+known[0]+"? There are: "+en)
}

const maxShownName = 60 // characters

// Flag reads a yes or no: 1 or true, 0, false or nothing.
func Flag(name, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "1", "true":
		return true, nil
	case "", "0", "false":
		return false, nil
	}
	return false, badRequest(name+" 应为 1 或 0", name+" is 1 or 0")
}
