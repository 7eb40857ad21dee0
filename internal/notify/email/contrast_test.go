package email_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify/email"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// enough is the contrast that the Web Content Accessibility Guidelines want of
// text of any size at level AA.
//
// Source: https://www.w3.org/TR/WCAG22/#contrast-minimum
const enough = 4.5

// TestContrast computes the contrast of every text on the ground that it stands
// on, in every message, light and dark, and where a mail program throws the
// style sheet away. The colours are read from the messages themselves.
func TestContrast(t *testing.T) {
	all := notifytest.Three()
	all.Items = nil
	for _, s := range append(advisory.Severities[:], advisory.Unscored) {
		i := notifytest.Three().Items[0]
		i.Severity = s
		all.Items = append(all.Items, i)
	}
	server := serve(t, nil, false)
	m := email.New(config(server.port))
	defer m.Close()
	for _, send := range []func(*email.Mailer) error{
		digest(all), digest(notifytest.One()), digest(notifytest.Many(5)),
		report(notifytest.Full()), report(notifytest.Heartbeat()),
	} {
		if err := send(m); err != nil {
			t.Fatal(err)
		}
	}
	var pages []string
	for _, g := range server.got() {
		_, html := parts(t, g.message)
		pages = append(pages, html)
	}
	for _, theme := range []string{"light", "dark", "light, without the style sheet"} {
		found := make(map[pair]string)
		for _, html := range pages {
			maps.Copy(found, pairs(t, html, theme))
		}
		list := slices.SortedFunc(maps.Keys(found), func(a, b pair) int {
			if d := contrast(a) - contrast(b); d != 0 {
				return int(math.Copysign(1, d))
			}
			return strings.Compare(a.text+a.ground, b.text+b.ground)
		})
		if len(list) < 8 {
			t.Errorf("%s: only %d pairs of colours were found", theme, len(list))
		}
		for _, p := range list {
			t.Logf("%-30s %s on %s  %5.2f:1  %q", theme, p.text, p.ground, contrast(p), found[p])
			if contrast(p) < enough {
				t.Errorf("%s: %s on %s is %.2f:1, less than %.1f:1: %q", theme, p.text, p.ground, contrast(p), enough, found[p])
			}
		}
	}
}

// A pair is the colour of a text and that of the ground it stands on.
type pair struct{ text, ground string }

// contrast is the ratio of the Web Content Accessibility Guidelines.
func contrast(p pair) float64 {
	a, b := luminance(p.text), luminance(p.ground)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestLuminance(t *testing.T) {
	for _, tt := range []struct {
		pair
		want string
	}{
		{pair{"#000000", "#ffffff"}, "21.00"},
		{pair{"#ffffff", "#ffffff"}, "1.00"},
		{pair{"#767676", "#ffffff"}, "4.54"},
		{pair{"#777777", "#ffffff"}, "4.48"},
	} {
		if got := fmt.Sprintf("%.2f", contrast(tt.pair)); got != tt.want {
			t.Errorf("%s on %s: %s, want %s", tt.text, tt.ground, got, tt.want)
		}
	}
}

var (
	piece       = regexp.MustCompile(`(?s)<(/?)([a-z0-9]+)([^>]*)>|[^<]+`)
	attribute   = regexp.MustCompile(`(class|style)="([^"]*)"`)
	declaration = regexp.MustCompile(`(?:^|[\s;{])(color|background):\s*([^;!}]+)`)
	hex         = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	rule        = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	darkRules   = regexp.MustCompile(`(?s)@media \(prefers-color-scheme: dark\) \{\n(.*?)\n\}\n`)
	styleSheet  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// pairs returns every pair of colours in a page, each with a text that has it.
// What the sheet says of dark is marked as important, and so wins over what an
// element has of its own; the rest of the sheet gives links alone a colour.
func pairs(t *testing.T, html, theme string) map[pair]string {
	t.Helper()
	sheet := styleSheet.FindStringSubmatch(html)
	if sheet == nil {
		t.Fatal("the page has no style sheet")
	}
	rules := ""
	if theme == "dark" {
		m := darkRules.FindStringSubmatch(sheet[1])
		if m == nil {
			t.Fatal("the style sheet knows of no dark")
		}
		rules = m[1]
	}
	_, body, _ := strings.Cut(html, "</head>")
	body, _, _ = strings.Cut(body, "</html>")
	type element struct {
		name string
		pair
	}
	stack := []element{{pair: pair{"#000000", "#ffffff"}}} // what a mail program has of its own
	found := make(map[pair]string)
	for _, m := range piece.FindAllStringSubmatch(body, -1) {
		top := stack[len(stack)-1]
		switch {
		case m[2] == "":
			if s := strings.TrimSpace(m[0]); s != "" {
				found[top.pair] = s[:min(len(s), 40)]
			}
		case m[1] == "/":
			stack = stack[:len(stack)-1]
		case m[2] == "br":
		default:
			e := element{m[2], top.pair}
			if e.name == "a" {
				e.text = "#0000ee" // likewise
			}
			class := ""
			for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
				if a[1] == "class" {
					class = a[2]
				} else {
					e.pair = declared(t, e.pair, a[2])
				}
			}
			for _, r := range rule.FindAllStringSubmatch(rules, -1) {
				for selector := range strings.SplitSeq(r[1], ",") {
					selector = strings.TrimSpace(selector)
					if selector == e.name || strings.HasPrefix(selector, ".") && slices.Contains(strings.Fields(class), selector[1:]) {
						e.pair = declared(t, e.pair, r[2])
					}
				}
			}
			stack = append(stack, e)
		}
	}
	return found
}

// declared returns a pair after what a style says of it. A colour that is not
// written as #rrggbb fails the test.
func declared(t *testing.T, p pair, style string) pair {
	t.Helper()
	for _, d := range declaration.FindAllStringSubmatch(style, -1) {
		colour := strings.TrimSpace(d[2])
		if !hex.MatchString(colour) {
			t.Fatalf("the colour %q of %q can't be compared", colour, style)
		}
		if d[1] == "color" {
			p.text = colour
		} else {
			p.ground = colour
		}
	}
	return p
}
