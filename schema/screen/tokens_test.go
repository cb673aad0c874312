package screen

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pair is a colour upon a ground, both names of tokens.css.
type pair struct{ on, ground string }

// pairs of text and ground that components.css makes. A state stands on the page, in a chosen row, and in banners.
var pairs = slices.Concat(
	each([]string{"ink", "soft", "grey", "blue", "green", "amber", "red", "deep"}, "paper", "ground", "wash"),
	each([]string{"ink", "blue"}, "grey-wash", "blue-wash", "green-wash", "amber-wash"),
	each([]string{"red"}, "red-wash"), each([]string{"amber"}, "amber-wash"),
	each([]string{"faint"}, "paper"), each([]string{"act-ink"}, "act", "act-down"), each([]string{"paper"}, "ink"), each([]string{"ink"}, "line"),
)

// edges of controls, marks and rings of focus, with all that stands beside.
var edges = slices.Concat(
	each([]string{"edge", "focus", "act", "red"}, "paper", "ground", "wash"),
	each([]string{"edge", "grey"}, "grey-wash"), each([]string{"edge", "amber"}, "amber-wash"), each([]string{"green"}, "green-wash"), each([]string{"blue"}, "blue-wash"),
	each([]string{"paper"}, "edge", "green", "amber", "red"),
)

func each(colours []string, grounds ...string) (out []pair) {
	for _, on := range colours {
		for _, ground := range grounds {
			out = append(out, pair{on, ground})
		}
	}
	return out
}

var (
	themes    = []string{"sun", "night", "print"}
	densities = map[string]struct{ text, target, size, height float64 }{
		"field": {7, 48, 16, 56}, "desk": {4.5, 40, 14, 40},
	}
)

// TestContrast: every text on every ground, in every theme and density.
func TestContrast(t *testing.T) {
	for density, least := range densities {
		for _, theme := range themes {
			look := tokensOf(t, density, theme)
			for _, p := range pairs {
				demand(t, look, density+" "+theme, p, least.text)
			}
			for _, p := range edges {
				demand(t, look, density+" "+theme, p, 3)
			}
		}
	}
}

func demand(t *testing.T, look map[string]string, at string, p pair, least float64) {
	t.Helper()
	if got := contrast(t, look[p.on], look[p.ground]); got < least {
		t.Errorf("%s: --%s %s on --%s %s: %.2f, at least %.1f", at, p.on, look[p.on], p.ground, look[p.ground], got, least)
	}
}

// TestContrastByHand: figures of WCAG's own examples.
func TestContrastByHand(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000", "#fff", 21}, {"#777777", "#ffffff", 4.48}, {"#fff", "#fff", 1}, {"#0000ff", "#fff", 8.59}} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.want) > .005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
	look := tokensOf(t, "field", "night")
	if look["paper"] != "#10161d" || look["row"] != "3.5rem" || look["serif"] == "" {
		t.Errorf("the field at night reads %s, %s, %s", look["paper"], look["row"], look["serif"])
	}
}

// TestSizes: texts and targets keep the least sizes.
func TestSizes(t *testing.T) {
	for density, least := range densities {
		look := tokensOf(t, density, "sun")
		for _, text := range []string{"text", "label", "small", "cell", "large", "title", "figure"} {
			if got := pixels(t, look[text]); got < least.size {
				t.Errorf("%s: --%s is %v px, at least %v", density, text, got, least.size)
			}
		}
		if got := pixels(t, look["target"]); got < least.target {
			t.Errorf("%s: --target is %v px, at least %v", density, got, least.target)
		}
		if got := pixels(t, look["row"]); got != least.height {
			t.Errorf("%s: --row is %v px, want %v", density, got, least.height)
		}
	}
}

func pixels(t *testing.T, size string) float64 {
	t.Helper()
	rem, ok := strings.CutSuffix(size, "rem")
	n, err := strconv.ParseFloat(rem, 64)
	if !ok || err != nil {
		t.Fatalf("size %q is not in rem", size)
	}
	return 16 * n
}

var (
	used     = regexp.MustCompile(`(?:^|[;{\s])([a-z-]+):[^;{}]*?var\(--([a-z-]+)\)`)
	literal  = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|: [^;{}]*\b(?:white|black|red|green|blue|gr[ae]y)\b`)
	variable = regexp.MustCompile(`var\(--[a-z-]+\)`)
	comment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// TestComponentsUseTokens: no rule has a colour of its own, every name is defined, and each text and ground is tested above.
func TestComponentsUseTokens(t *testing.T) {
	css := comment.ReplaceAllString(string(File("components.css")), "")
	css = strings.Replace(css, ".rb-dialog::backdrop { background: rgba(10, 16, 22, .55); }", "", 1) // no token reaches a backdrop everywhere
	for _, found := range literal.FindAllString(variable.ReplaceAllString(css, ""), -1) {
		t.Errorf("components.css has a colour of its own: %s", found)
	}
	look, texts, grounds := tokensOf(t, "field", "sun"), map[string]bool{}, map[string]bool{}
	for _, p := range pairs {
		texts[p.on], grounds[p.ground] = true, true
	}
	grounds["edge"] = true // disabled marks, without text
	for _, m := range used.FindAllStringSubmatch(css, -1) {
		switch property, name := m[1], m[2]; {
		case look[name] == "":
			t.Errorf("components.css uses --%s, which tokens.css has not", name)
		case property == "color" && !texts[name]:
			t.Errorf("no test of the contrast of text in --%s", name)
		case property == "background" && !grounds[name]:
			t.Errorf("no test of the contrast on --%s", name)
		}
	}
}

// TestRootKeepsItsFontSize: sizes are in rem, so a font size at the root would make every size another.
func TestRootKeepsItsFontSize(t *testing.T) {
	for _, name := range []string{"tokens.css", "components.css"} {
		for _, rule := range block.FindAllStringSubmatch(comment.ReplaceAllString(string(File(name)), ""), -1) {
			for selector := range strings.SplitSeq(rule[1], ",") {
				selector = named.ReplaceAllString(strings.TrimSpace(selector), "")
				if isRoot := selector == "" || selector == ":root" || selector == "[data-density]" || selector == "html"; isRoot && fontSize.MatchString(rule[2]) {
					t.Errorf("%s sets the font size of the root: %s", name, rule[0])
				}
			}
		}
	}
}

// TestNightIsForScreens: what is printed at night is black on white.
func TestNightIsForScreens(t *testing.T) {
	if _, inside, found := strings.Cut(string(File("tokens.css")), "@media screen {"); !found || !strings.HasPrefix(strings.TrimSpace(inside), `[data-theme="night"]`) {
		t.Error("the night theme stands outside of @media screen")
	}
}

var (
	block    = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	setting  = regexp.MustCompile(`--([a-z-]+):\s*([^;]+);`)
	fontSize = regexp.MustCompile(`(?:^|[;\s])font(?:-size)?:`)
	named    = regexp.MustCompile(`\[data-(theme|density)="([a-z]+)"\]`)
)

// tokensOf reads tokens.css as a browser would for a root of a density and a theme: rules of two names win over rules of
// one, and later ones over earlier ones.
func tokensOf(t *testing.T, density, theme string) map[string]string {
	t.Helper()
	css := comment.ReplaceAllString(string(File("tokens.css")), "")
	css = strings.ReplaceAll(css, "@media screen {", "")
	out := map[string]string{}
	for weight := 1; weight <= 2; weight++ { // :root weighs as much as one name
		for _, rule := range block.FindAllStringSubmatch(css, -1) {
			if heaviest(rule[1], density, theme) != weight {
				continue
			}
			for _, s := range setting.FindAllStringSubmatch(rule[2], -1) {
				out[s[1]] = s[2]
			}
		}
	}
	if len(out) < 40 {
		t.Fatalf("%s %s: only %d tokens found", density, theme, len(out))
	}
	return out
}

// heaviest is the weight of the heaviest selector that fits; 0 = none fits.
func heaviest(selectors, density, theme string) (weight int) {
	for selector := range strings.SplitSeq(selectors, ",") {
		selector = strings.Trim(selector, " \n\t}")
		if selector == ":root" {
			weight = max(weight, 1)
			continue
		}
		names, fits := named.FindAllStringSubmatch(selector, -1), true
		for _, n := range names {
			fits = fits && n[2] == map[string]string{"theme": theme, "density": density}[n[1]]
		}
		if fits {
			weight = max(weight, len(names))
		}
	}
	return weight
}

// contrast is WCAG's ratio of two colours, #rgb or #rrggbb.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("colour %q", colour)
	}
	linear := func(shift int) float64 {
		c := float64(n>>shift&255) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*linear(16) + .7152*linear(8) + .0722*linear(0)
}
