package action_test

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// GitHub drops a job summary above 1 MiB as a whole: a longer one is cut at a
// line, and says so. What is sent is not.
func TestSummaryIsBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		drafts int
		cut    bool
	}{{300, false}, {1200, true}} {
		w := newWorld()
		for range tt.drafts {
			draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30)).Summary = "Secret title " + strings.Repeat("ü", 950)
		}
		b := newBench(t, w)
		r := b.must(0, map[string]string{"INPUT_CONFIG-TEXT": "privacy: {show-summary: true}", "INPUT_SLACK-TOKEN": "", "INPUT_SLACK-CHANNEL": "", "INPUT_REPORT-EMAIL": "swg@example.org"})
		if len(r.summary) > 1<<20 || len(r.summary) < 1<<19 || !utf8.ValidString(r.summary) {
			t.Errorf("%d drafts: the summary has %d bytes", tt.drafts, len(r.summary))
		}
		if strings.Contains(r.summary, "Cut here") != tt.cut {
			t.Errorf("%d drafts: the summary ends\n%s", tt.drafts, r.summary[len(r.summary)-300:])
		}
		for line := range strings.Lines(r.summary) {
			if strings.HasPrefix(line, "| **acme/orphan") && !strings.HasSuffix(line, " |\n") {
				t.Errorf("a line is cut: %.100s ... %s", line, line[len(line)-20:])
			}
		}
		if n := strings.Count(r.mails[0].Text, "GHSA-orph"); n < tt.drafts {
			t.Errorf("the report names %d of %d drafts", n, tt.drafts)
		}
	}
}
