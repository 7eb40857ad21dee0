package notify_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

var (
	angled   = regexp.MustCompile(`<(https?|mailto):[^>]*>`)
	bare     = regexp.MustCompile(`https?://\S+`)
	monthDay = regexp.MustCompile(`\b[0-9]{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)\b`)
)

// wordsUntil counts the words of a text up to and with the one in which found
// begins; those of links count as none. Where it is not there it returns 0.
func wordsUntil(text, found string) int {
	at := strings.Index(text, found)
	if at < 0 {
		return 0
	}
	return countWords(text[:at]) + 1
}

func countWords(text string) int {
	return len(strings.Fields(bare.ReplaceAllString(angled.ReplaceAllString(text, ""), "")))
}

// TestBrevity counts the words that a reader goes through before they know until
// when, what to do and where. With -v it prints them.
func TestBrevity(t *testing.T) {
	t.Logf("%-24s %5s %5s %5s %5s", "digest of", "date", "step", "link", "all")
	for _, tt := range []struct {
		name   string
		digest notify.Digest
	}{
		{"one", notifytest.One()}, {"three", notifytest.Three()}, {"twelve", notifytest.Many(12)},
	} {
		text := notify.DigestText(tt.digest)
		date := wordsUntil(text, monthDay.FindString(text))
		step, link, all := wordsUntil(text, "Next:"), wordsUntil(text, "Open "), countWords(text)
		if strings.Contains(text, "Open draft") {
			link = wordsUntil(text, "Open draft")
		}
		t.Logf("%-24s %5d %5d %5d %5d", tt.name, date, step, link, all)
	}
}
