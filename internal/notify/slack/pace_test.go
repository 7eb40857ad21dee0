package slack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/notify"
)

func TestPace(t *testing.T) {
	p := newPace(time.Hour)
	var slept []time.Duration
	p.sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
	for _, channel := range []string{"a", "b", "a", "a", "b"} {
		if err := p.wait(context.Background(), channel); err != nil {
			t.Fatal(err)
		}
	}
	// The second and the third of a, and the second of b.
	if len(slept) != 3 {
		t.Fatalf("waited %v, want three times", slept)
	}
	for i, hours := range []time.Duration{1, 2, 1} {
		if most := hours * time.Hour; slept[i] > most || slept[i] <= most-time.Hour {
			t.Errorf("wait %d was %v, want just under %v", i, slept[i], most)
		}
	}
	p.sleep = notify.Wait
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.wait(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if newPace(0).interval != time.Second {
		t.Error("the default is not a second")
	}
}

func TestEscape(t *testing.T) {
	tests := []struct{ in, want string }{
		{"<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"},
		{"&lt;!here&gt;", "&amp;lt;!here&amp;gt;"},
		{"*b* `c` ~d~", "∗b∗ ˋcˋ ∼d∼"},
		{"_i_ xblock_poll __init__", "＿i＿ xblock_poll ＿＿init＿＿"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := escape(tt.in); got != tt.want {
			t.Errorf("escape(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSectionsNeverTooLong(t *testing.T) {
	for _, n := range []int{maxText - 1, maxText, maxText + 1, 5 * maxText} {
		var p page
		p.section(strings.Repeat("x", n), "y")
		total := 0
		for _, size := range p.sizes {
			if size > maxText {
				t.Errorf("%d characters became a section of %d", n, size)
			}
			total += size
		}
		if total < n+1 || total > n+2 {
			t.Errorf("%d characters became %d", n+1, total)
		}
	}
}

func FuzzMrkdwn(f *testing.F) {
	f.Add("<!channel> & * _ ~ `", 100)
	f.Add(strings.Repeat("&", 5000), 2900)
	f.Add(strings.Repeat("<@U1>", 2000)+" x", 2900)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(1000, min(limit, maxText))
		s = notify.Clean(s)
		line := notify.Line{{Text: s}, {Kind: notify.Bold, Text: s}, {Kind: notify.Code, Text: s}}
		all := ""
		for _, got := range mrkdwn(line, limit) {
			if length(got) > limit+len("**") {
				t.Errorf("a text of %d characters, more than %d", length(got), limit)
			}
			all += got
		}
		rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(all)
		if strings.ContainsAny(rest, "<>&~") {
			t.Errorf("%q became %q", s, all)
		}
	})
}
