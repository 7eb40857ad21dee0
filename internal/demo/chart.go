package demo

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// chart is what the page draws of a Mermaid block: a pie, or bars side by side.
type chart struct {
	pie   bool
	title string
	axis  string // what the bars count
	top   float64
	parts []share
}

// share is one slice of a pie, or one bar.
type share struct {
	label string
	value float64
}

// The most that is drawn; a larger chart is shown as code.
const chartParts = 12

// mermaid draws a block of Mermaid as an SVG with a name, a description, and a
// label and number at every part. It reports whether it understands every line.
func mermaid(code []string) (svg string, ok bool) {
	var lines []string
	for _, line := range code {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "%%") {
			lines = append(lines, line)
		}
	}
	c, ok := parsePie(lines)
	if !ok {
		c, ok = parseBars(lines)
	}
	if !ok || len(c.parts) == 0 || len(c.parts) > chartParts {
		return "", false
	}
	return c.svg()
}

var (
	pieHead  = regexp.MustCompile(`^pie(\s+showData)?(?:\s+title\s+(.*))?$`)
	pieSlice = regexp.MustCompile(`^"([^"]*)"\s*:\s*([0-9]+(?:\.[0-9]+)?)$`)
	barHead  = regexp.MustCompile(`^xychart(-beta)?$`)
	barTitle = regexp.MustCompile(`^title\s+(?:"([^"]*)"|(\S+))$`)
	barX     = regexp.MustCompile(`^x-axis(?:\s+"[^"]*")?\s*\[(.*)\]$`)
	barY     = regexp.MustCompile(`^y-axis(?:\s+"([^"]*)")?(?:\s+(0|[0-9.]+)\s*-->\s*([0-9.]+))?$`)
	barList  = regexp.MustCompile(`^bar\s*\[(.*)\]$`)
)

func parsePie(lines []string) (c chart, ok bool) {
	if len(lines) == 0 {
		return c, false
	}
	head := pieHead.FindStringSubmatch(lines[0])
	if head == nil {
		return c, false
	}
	c.pie, c.title = true, head[2]
	for _, line := range lines[1:] {
		if title, found := strings.CutPrefix(line, "title "); found {
			c.title = strings.TrimSpace(title)
			continue
		}
		m := pieSlice.FindStringSubmatch(line)
		if m == nil {
			return c, false
		}
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return c, false
		}
		c.parts = append(c.parts, share{m[1], v})
	}
	return c, c.sum() > 0
}

func parseBars(lines []string) (c chart, ok bool) {
	if len(lines) == 0 || !barHead.MatchString(lines[0]) {
		return c, false
	}
	var labels, values []string
	for _, line := range lines[1:] {
		switch title, x, y, bars := barTitle.FindStringSubmatch(line), barX.FindStringSubmatch(line), barY.FindStringSubmatch(line), barList.FindStringSubmatch(line); {
		case title != nil:
			c.title = title[1] + title[2]
		case x != nil:
			labels = strings.Split(x[1], ",")
		case y != nil && cmp.Or(y[2], "0") == "0":
			c.axis = y[1]
			c.top, _ = strconv.ParseFloat(y[3], 64) // 0: none is given
		case bars != nil && values == nil:
			values = strings.Split(bars[1], ",")
		default:
			return c, false
		}
	}
	if len(labels) != len(values) {
		return c, false
	}
	for i, label := range labels {
		v, err := strconv.ParseFloat(strings.TrimSpace(values[i]), 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 0) {
			return c, false
		}
		c.parts = append(c.parts, share{strings.Trim(strings.TrimSpace(label), `"`), v})
		c.top = max(c.top, v)
	}
	return c, true
}

func (c chart) sum() (sum float64) {
	for _, p := range c.parts {
		sum += p.value
	}
	return sum
}

// Sizes of a chart in the units of its view box.
const (
	chartWidth  = 360.0
	chartTop    = 34.0 // the title
	pieRadius   = 66.0
	pieGap      = 20.0 // between labels
	labelLength = 14   // in columns
	barHeight   = 130.0
)

func (c chart) svg() (string, bool) {
	body, height := c.bars()
	if c.pie {
		body, height = c.slices()
	}
	var words []string
	for _, p := range c.parts {
		words = append(words, fmt.Sprintf("%s: %g", p.label, p.value))
	}
	title := html.EscapeString(cmp.Or(c.title, "Chart"))
	return fmt.Sprintf(`<svg class="chart" role="img" viewBox="0 0 %g %.0f"><title>%s</title><desc>%s</desc><text class="name" x="%g" y="16">%s</text>%s</svg>`,
		chartWidth, height, title, html.EscapeString(strings.Join(words, ", ")), chartWidth/2, html.EscapeString(cut(c.title, 48)), body), true
}

// slices draws a pie that begins at the top and goes clockwise. A line leads
// from each slice to its label. Parts of nothing are named below.
func (c chart) slices() (body string, height float64) {
	type label struct {
		text         string
		right        bool
		angle, place float64 // the slice's middle; where the label is
	}
	var labels []label
	var nothing []string
	turn := 0.0
	for _, p := range c.parts {
		text := fmt.Sprintf("%s %g", cut(p.label, labelLength), p.value)
		if p.value == 0 {
			nothing = append(nothing, text)
			continue
		}
		middle := turn + math.Pi*p.value/c.sum()
		turn += 2 * math.Pi * p.value / c.sum()
		labels = append(labels, label{text, math.Sin(middle) >= 0, middle, -(pieRadius + 8) * math.Cos(middle)})
	}
	// Labels of one side keep their distance, from the top to the bottom.
	deepest := pieRadius
	for _, right := range []bool{true, false} {
		var side []*label
		for i := range labels {
			if labels[i].right == right {
				side = append(side, &labels[i])
			}
		}
		slices.SortStableFunc(side, func(a, b *label) int { return cmp.Compare(a.place, b.place) })
		for i, l := range side {
			if i > 0 {
				l.place = max(l.place, side[i-1].place+pieGap)
			}
		}
		for i := len(side) - 1; i >= 0; i-- {
			lowest := pieRadius + 8 - float64(len(side)-1-i)*pieGap
			l := side[i]
			l.place = max(min(l.place, lowest), -pieRadius-8+float64(i)*pieGap)
			deepest = max(deepest, l.place)
		}
	}

	const x = chartWidth / 2
	y := chartTop + pieRadius + 12
	at := func(angle, radius float64) (float64, float64) {
		return x + radius*math.Sin(angle), y - radius*math.Cos(angle)
	}
	var b strings.Builder
	turn = 0
	for i, p := range c.parts {
		switch {
		case p.value == 0:
		case p.value == c.sum():
			fmt.Fprintf(&b, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"></circle>`, partClass(p.label, i), x, y, pieRadius)
		default:
			end := turn + 2*math.Pi*p.value/c.sum()
			x1, y1 := at(turn, pieRadius)
			x2, y2 := at(end, pieRadius)
			large := 0
			if end-turn > math.Pi {
				large = 1
			}
			fmt.Fprintf(&b, `<path class="%s" d="M%.1f %.1fL%.2f %.2fA%.1f %.1f 0 %d 1 %.2f %.2fZ"></path>`, partClass(p.label, i), x, y, x1, y1, pieRadius, pieRadius, large, x2, y2)
			turn = end
		}
	}
	for _, l := range labels {
		x1, y1 := at(l.angle, pieRadius-3)
		side, anchor := 1.0, "start"
		if !l.right {
			side, anchor = -1, "end"
		}
		x2, y2 := x+side*(pieRadius+14), y+l.place
		fmt.Fprintf(&b, `<path class="lead" d="M%.1f %.1fL%.1f %.1fh%g"></path><text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`,
			x1, y1, x2, y2, side*6, x2+side*10, y2+4.5, anchor, html.EscapeString(l.text))
	}
	height = y + deepest + 18
	if len(nothing) > 0 {
		fmt.Fprintf(&b, `<text class="small" x="%g" y="%.0f" text-anchor="middle">%s</text>`, x, height+6, html.EscapeString(cut(strings.Join(nothing, " · "), 56)))
		height += 16
	}
	return b.String(), height
}

// bars draws bars with their numbers above and their labels below.
func (c chart) bars() (body string, height float64) {
	const left, right = 8.0, chartWidth - 8
	base := chartTop + 22 + barHeight
	step := (right - left) / float64(len(c.parts))
	var b strings.Builder
	fmt.Fprintf(&b, `<text class="small" x="%g" y="%g">%s</text>`, left, chartTop+2, html.EscapeString(cut(c.axis, 50)))
	for i, p := range c.parts {
		h := 0.0
		if c.top > 0 {
			h = barHeight * p.value / c.top
		}
		middle := left + (float64(i)+.5)*step
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"></rect>`, partClass(p.label, i), middle-step*.32, base-h, step*.64, h)
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`, middle, base-h-5, p.value)
		fmt.Fprintf(&b, `<text class="small" x="%.1f" y="%g" text-anchor="middle">%s</text>`, middle, base+16, html.EscapeString(cut(p.label, int(step/6))))
	}
	fmt.Fprintf(&b, `<path class="lead" d="M%g %gH%g"></path>`, left, base, right)
	return b.String(), base + 26
}

var severityClasses = []string{"critical", "high", "medium", "low", "unscored"}

// partClass gives a severity its colour, and other parts one by their place.
func partClass(label string, i int) string {
	first, _, _ := strings.Cut(strings.ToLower(label), " ")
	if slices.Contains(severityClasses, first) {
		return "part " + first
	}
	return fmt.Sprintf("part p%d", i%4+1)
}
