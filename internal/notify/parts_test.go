package notify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// A report is cut between its rows, and each part says what it goes on with.
func TestParts(t *testing.T) {
	const report = "## Title\n\nIntro.\n\n- one\n- two\n\n### A longer list\n\n- 1, 2\n- 3, 4\n"
	for most, want := range map[int][]string{
		len(report): {report},
		len(report) - 1: {
			"## Title\n\nIntro.\n\n- one\n- two\n\n### A longer list\n\n- 1, 2\n",
			"### A longer list (continued)\n\n- 3, 4\n",
		},
		len("### A longer list (continued)\n\n- 3, 4\n"): {
			"## Title\n\nIntro.\n\n- one\n- two\n",
			"\n### A longer list\n\n- 1, 2\n- 3, 4\n",
		},
	} {
		if diff := cmp.Diff(want, notify.Parts(report, most)); diff != "" {
			t.Errorf("%d (-want +got)\n%s", most, diff)
		}
	}
}

// Nothing is left out, whatever the limit, and no part is above it.
func TestPartsHoldEverything(t *testing.T) {
	var b strings.Builder
	var words []string
	for i := range 300 {
		switch {
		case i%50 == 0:
			fmt.Fprintf(&b, "\n### H%d\n\nAbout H%d.\n\n", i, i)
		case i == 77:
			words = append(words, strings.Repeat("é", 700))
			fmt.Fprintf(&b, "- %s, x\n", words[len(words)-1])
			continue
		}
		words = append(words, fmt.Sprintf("word-%d-%s.", i, strings.Repeat("x", i%37)))
		fmt.Fprintf(&b, "- %s, b%d\n", words[len(words)-1], i)
	}
	for _, most := range []int{100, 101, 102, 103, 500, 1000, 5000, 1 << 20} {
		parts := notify.Parts(b.String(), most)
		all := ""
		for i, p := range parts {
			if len(p) > most || p == "" || strings.ToValidUTF8(p, "") != p {
				t.Errorf("%d: part %d has %d bytes, or half a character", most, i+1, len(p))
			}
			all += p
		}
		for _, w := range words {
			if len(w) > most {
				if n := strings.Count(all, "é"); n != 700 {
					t.Errorf("%d: %d of 700 characters", most, n)
				}
			} else if strings.Count(all, w) != 1 {
				t.Errorf("%d: %s is there %d times", most, w, strings.Count(all, w))
			}
		}
	}
}
