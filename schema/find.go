package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// FindKind finds a kind by its name, or by its label in either language.
func (s *Schema) FindKind(name string) (*Kind, bool) {
	if k, ok := s.byName[CleanName(name)]; ok {
		return k, true
	}
	for _, k := range s.kinds {
		if want := foldName(name); want == foldName(k.Label.ZH) || want == foldName(k.Label.EN) {
			return k, true
		}
	}
	return nil, false
}

// UnknownKind says which kinds a person may have meant.
func (s *Schema) UnknownKind(name string) Text {
	near := nearestOf(name, len(s.kinds), func(i int) []string { return []string{s.kinds[i].Name, s.kinds[i].Label.ZH, s.kinds[i].Label.EN} })
	var zh, en []string
	for _, i := range near[:min(len(near), mostNames)] {
		zh, en = append(zh, s.kinds[i].Label.ZH), append(en, s.kinds[i].Name)
	}
	name = truncate(CleanName(name))
	return Text{"没有种类“" + name + "”，最相近的：" + strings.Join(zh, "、"), "there is no kind “" + name + "”; the nearest are: " + strings.Join(en, ", ")}
}

// FindField finds a field as a person names it: by name, alias, or label in either language. A label may lack its
// brackets (里程 for 里程（公里）), unless the field wants its label whole. whole: nothing was left out.
func (k *Kind) FindField(name string) (f *Field, whole, ok bool) {
	if f, ok := k.fields[CleanName(name)]; ok {
		return f, true, true
	}
	want := foldName(name)
	if f := k.byLabel[want]; f != nil {
		return f, true, true
	}
	f = k.byBareLabel[want]
	return f, false, f != nil
}

// indexLabels fills the lookups of FindField. A name of two fields finds none.
func (k *Kind) indexLabels() {
	k.byLabel, k.byBareLabel = map[string]*Field{}, map[string]*Field{}
	for _, f := range k.Fields {
		for _, label := range []string{f.Label.ZH, f.Label.EN} {
			addName(k.byLabel, foldName(label), f)
		}
	}
	for _, f := range k.Fields {
		for _, label := range []string{f.Label.ZH, f.Label.EN} {
			bare := f.bareLabel(label)
			if bare != "" && k.fields[bare] == nil && k.byLabel[foldName(bare)] == nil {
				addName(k.byBareLabel, foldName(bare), f)
			}
		}
	}
}

// addName adds a name; nil stands for a name of several fields.
func addName(names map[string]*Field, name string, f *Field) {
	if other, taken := names[name]; taken && other != f {
		f = nil
	}
	names[name] = f
}

// BareLabels are the label without its brackets, in both languages; empty if the label has none, or is wanted whole.
func (f *Field) BareLabels() Text { return Text{f.bareLabel(f.Label.ZH), f.bareLabel(f.Label.EN)} }

func (f *Field) bareLabel(label string) string {
	before, _, found := strings.Cut(CleanName(label), "(")
	if !found || f.wholeLabel {
		return ""
	}
	return strings.TrimSpace(before)
}

const (
	mostListed = 12 // codes of a table that a fault lists all
	mostCodes  = 5  // suggested codes of a longer table
	mostNames  = 3  // suggested kinds and fields
)

// unknownNameFault says which fields a person may have meant.
func (k *Kind) unknownNameFault(name string) Fault {
	wrong := unknownFieldFault(name)
	near := nearestOf(name, len(k.Fields), func(i int) []string {
		f := k.Fields[i]
		return append([]string{f.Name, f.Label.ZH, f.Label.EN}, f.Alias...)
	})
	var zh, en []string
	for _, i := range near[:min(len(near), mostNames)] {
		zh, en = append(zh, k.Fields[i].Label.ZH), append(en, k.Fields[i].Name)
	}
	wrong.Message.ZH += "，最相近的：" + strings.Join(zh, "、")
	wrong.Message.EN += "; the nearest are: " + strings.Join(en, ", ")
	return wrong
}

// unknownCodeFault lists the codes, of a long table the nearest ones.
func (f *Field) unknownCodeFault(text string) *Fault {
	wrong := f.codeFault(CleanName(text))
	words := f.table.suggest(text, f.ImportOnly)
	wrong.Message.ZH += words.ZH
	wrong.Message.EN += words.EN
	return &wrong
}

// suggest lists the codes without the left out ones, of a long table the nearest to the text.
func (t *CodeTable) suggest(text string, leftOut []string) Text {
	codes := slices.DeleteFunc(slices.Clone(t.Codes), func(c Code) bool { return slices.Contains(leftOut, c.Code) })
	if len(codes) <= mostListed {
		return Text{"，可填：" + joinCodes(codes, "zh"), "; it takes: " + joinCodes(codes, "en")}
	}
	var near []Code
	for _, i := range nearestOf(text, len(codes), func(i int) []string { return codes[i].names() })[:mostCodes] {
		near = append(near, codes[i])
	}
	n := strconv.Itoa(len(codes))
	return Text{"，共 " + n + " 个，最相近的：" + joinCodes(near, "zh"), "; the nearest of " + n + " are: " + joinCodes(near, "en")}
}

func joinCodes(codes []Code, lang string) string {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = Text{c.Short(), c.Label.EN}.In(lang) + " (" + c.Code + ")"
	}
	if lang == "en" {
		return strings.Join(words, ", ")
	}
	return strings.Join(words, "、")
}

// nearestOf orders n things by the least distance of their names to the typed text.
func nearestOf(typed string, n int, names func(int) []string) []int {
	want := foldName(truncate(typed))
	order, distances := make([]int, n), make([]int, n)
	for i := range order {
		order[i], distances[i] = i, 1<<30
		for _, name := range names(i) {
			distances[i] = min(distances[i], Distance(want, foldName(name)))
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
	return order
}
