package demo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMermaid(t *testing.T) {
	tests := []struct {
		name, in  string
		title     string
		describes string
		texts     []string
	}{
		{"pie", "pie showData\n    title Open drafts\n    \"Critical\" : 3\n    \"No <score>\" : 1\n", "Open drafts", "Critical: 3, No &lt;score&gt;: 1",
			[]string{"Open drafts", "Critical 3", "No &lt;score&gt; 1"}},
		{"pie in one line", "%%{init: {}}%%\npie showData title T\n%% words\n\"a\" : 2.5", "T", "a: 2.5", []string{"T", "a 2.5"}},
		{"pie with nothing", "pie\n\"a\" : 2\n\"b\" : 0\n\"c\" : 0", "Chart", "a: 2, b: 0, c: 0", []string{"", "a 2", "b 0 · c 0"}},
		{"bars", "xychart-beta\n title \"Open drafts\"\n x-axis [\"Critical\", High]\n y-axis \"Drafts\" 0 --> 8\n bar [3, 0]", "Open drafts", "Critical: 3, High: 0",
			[]string{"Open drafts", "Drafts", "3", "Critical", "0", "High"}},
		{"bars without a scale", "xychart\nx-axis [a]\nbar [4]", "Chart", "a: 4", []string{"", "", "4", "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := mermaid(strings.Split(tt.in, "\n"))
			if !ok {
				t.Fatal("not understood")
			}
			if want := "<title>" + tt.title + "</title><desc>" + tt.describes + "</desc>"; !strings.Contains(got, want) || !strings.Contains(got, `role="img"`) {
				t.Errorf("no %s in %s", want, got)
			}
			var texts []string
			for _, piece := range strings.Split(got, "<text")[1:] {
				piece = piece[strings.Index(piece, ">")+1:]
				texts = append(texts, piece[:strings.Index(piece, "<")])
			}
			if diff := cmp.Diff(tt.texts, texts); diff != "" {
				t.Error(diff)
			}
			checkRendered(t, tt.in, got)
		})
	}
}

// What is not understood to the last line is shown as code.
func TestMermaidAsCode(t *testing.T) {
	for _, in := range []string{
		"", "gantt", "pie", "pie title T", "pie\n\"a\" : 0", "pie\n\"a\" : -1", "pie\n\"a\" : 1\nclick me", "pies\n\"a\" : 1",
		"pie" + strings.Repeat("\n\"a\" : 1", chartParts+1),
		"xychart-beta", "xychart-beta\nx-axis [a, b]\nbar [1]", "xychart-beta\nx-axis [a]\nbar [-1]", "xychart-beta\nx-axis [a]\nbar [NaN]",
		"xychart-beta\nx-axis [a]\nbar [1]\nline [1]", "xychart-beta horizontal\nx-axis [a]\nbar [1]",
		"xychart-beta\nx-axis [a]\ny-axis 5 --> 9\nbar [6]", "xychart-beta\nx-axis [a]\nbar [1]\nbar [2]",
	} {
		if svg, ok := mermaid(strings.Split(in, "\n")); ok {
			t.Errorf("%q became %s", in, svg)
		}
	}
	if got, want := string(markdown("```mermaid\npie\n\"a\"\n```")), "<pre><code>pie\n&#34;a&#34;</code></pre>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Slices fill the whole circle, and labels of one side keep their distance.
func TestSlices(t *testing.T) {
	c := chart{pie: true}
	for range 10 {
		c.parts = append(c.parts, share{"a", 1})
	}
	c.parts = append(c.parts, share{"b", 500})
	body, height := c.slices()
	if n := strings.Count(body, `class="part`); n != 11 {
		t.Errorf("%d slices, want 11", n)
	}
	if height > 300 {
		t.Errorf("height %.0f", height)
	}
	if body, _ := (chart{pie: true, parts: []share{{"a", 4}, {"b", 0}}}).slices(); !strings.Contains(body, "<circle") || strings.Contains(body, "A66") {
		t.Errorf("a slice that is all is no circle: %s", body)
	}
}
