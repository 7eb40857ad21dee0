package notify_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/owner"
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

func countWords(text string) (n int) {
	for _, word := range strings.Fields(bare.ReplaceAllString(angled.ReplaceAllString(text, ""), "")) {
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// TestBrevity counts the words that a reader goes through before they know until
// when, what to do and where. With -v it prints them.
func TestBrevity(t *testing.T) {
	t.Logf("%-8s %5s %5s %5s %5s", "", "date", "step", "link", "all")
	administrator, outsider, fork := notifytest.One(), notifytest.One(), notifytest.One()
	administrator.Items[0].Opens, administrator.Items[0].Admin = owner.Yes, owner.Yes
	outsider.Items[0].Opens, outsider.Items[0].Admin = owner.No, owner.No
	fork.Items[0].PrivateFork, fork.Team = "https://github.com/openedx/xblock-poll-ghsa-4v9r-8xw2-m3qp", true
	asks := notifytest.One()
	asks.Items[0].Admin, asks.Items[0].Admins = owner.No, []string{"ada", "ben", "grace"}
	for _, tt := range []struct {
		name   string
		digest notify.Digest
		most   int
	}{
		{"one", notifytest.One(), 380},
		{"one, who administers", administrator, 380},
		{"one, who can't open it", outsider, 380},
		{"one, who asks", asks, 380},
		{"one, a team, with a fork", fork, 380},
		{"three", notifytest.Three(), 540},
		{"twelve", notifytest.Many(12), 1000},
	} {
		text := notify.DigestText(tt.digest)
		date, step := wordsUntil(text, monthDay.FindString(text)), wordsUntil(text, "Next:")
		link, all := wordsUntil(text, "Open GHSA"), countWords(text)
		t.Logf("%5d %5d %5d %5d  %s", date, step, link, all, tt.name)
		if date < 1 || date > 10 || step < 1 || step > 20 || link < 1 || link > 35 || all >= tt.most {
			t.Errorf("%s: the date comes as word %d (10 at most), the step as %d (20), the link as %d (35), and there are %d (fewer than %d)", tt.name, date, step, link, all, tt.most)
		}
	}
}
