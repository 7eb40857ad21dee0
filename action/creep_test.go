package action_test

import (
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/reminder"
)

// What the program may need today beyond its targets. The figures are what was
// counted; 0 is the target. Whoever makes the program better tightens them, and
// nobody loosens them without a word in docs/performance.md.
// spareRequests are those of a run beyond scale.allowed, by the number of
// drafts: where there are so few, each kind of question is a call.
var spareRequests = map[int]int{50: 1}

// part is after how many deliveries what was delivered is written in between.
const part = 20

// reportParts is how many messages the first report of up to 200 drafts may be.
const reportParts = 2

// growth is what twice the work may cost.
const growth = 2.2

// A repository that is named several times is listed once.
func TestRepositoryNamedTwice(t *testing.T) {
	w, _ := threadWorld()
	b := threadBench(t, w)
	lists := func(repositories string) int {
		t.Helper()
		b.GitHub.ResetRequests()
		b.must(0, map[string]string{"INPUT_REPOSITORIES": repositories, "INPUT_DRY-RUN": "true"})
		n := 0
		for _, r := range b.GitHub.Requests() {
			if strings.Contains(r.Path, "/security-advisories?") {
				n++
			}
		}
		return n
	}
	once := lists("acme/rocket acme/wheel")
	if again := lists("acme/rocket, ACME/Rocket acme/wheel\nacme/rocket"); again != once || once == 0 {
		t.Errorf("%d lists of repositories that are named twice, %d of those named once", again, once)
	}
}

// The requests of a run stay within the formula, at several sizes, and grow no
// faster than the organization. These are counts: no clock is asked.
func TestRequestsOfARun(t *testing.T) {
	sizes := []scale{
		{drafts: 50, repositories: 10, people: 20},
		{drafts: 100, repositories: 20, people: 40},
		{drafts: 200, repositories: 40, people: 80},
	}
	var counts []int
	for _, s := range sizes {
		l := newLab(t, s, 0, 0)
		l.run()
		a, digests := l.asked(), len(l.Mail.Mails())
		n := a.all - a.interim
		t.Logf("%s: %d requests of %d, %d interim writes, %d digests", s, n, s.allowed(), a.interim, digests)
		if n > s.allowed()+spareRequests[s.drafts]+s.first() {
			t.Errorf("%s: %d requests, want at most %d, %d to spare and %d for a first run", s, n, s.allowed(), spareRequests[s.drafts], s.first())
		}
		if parts := len(l.Slack.Messages()); parts > reportParts {
			t.Errorf("%s: the first report is %d messages, want at most %d", s, parts, reportParts)
		}
		if digests < 3*s.people {
			t.Errorf("%s: %d digests, want several for each of %d", s, digests, s.people)
		}
		if a.interim > digests/part {
			t.Errorf("%s: %d interim writes, want at most %d", s, a.interim, digests/part)
		}
		if c := l.Mail.Connections(); c > mailConnections {
			t.Errorf("%s: %d connections to the mail server, want at most %d", s, c, mailConnections)
		}
		counts = append(counts, n)

		// A run with nothing to do reads, and writes nothing but what it says.
		l.reset()
		l.run()
		if again := l.asked(); again.interim > 0 || again.all > n-3 {
			t.Errorf("%s: the next run makes %d requests with %d interim writes", s, again.all, again.interim)
		}

		// On an ordinary day little is due.
		l.nextDay()
		l.reset()
		l.run()
		day := l.asked()
		t.Logf("%s: on the next day %d requests, %d mails", s, day.all, len(l.Mail.Mails())-digests)
		if day.interim > 0 || day.all > s.allowed()+spareRequests[s.drafts]+ceil(s.drafts+1, 100)-s.pages() {
			t.Errorf("%s: on the next day %d requests with %d interim writes, want at most %d and %d to spare", s, day.all, day.interim, s.allowed(), spareRequests[s.drafts])
		}
		if mails := len(l.Mail.Mails()) - digests; mails != 5 {
			t.Errorf("%s: on the next day %d mails, want one for each of a team of five", s, mails)
		}
	}
	// Five kinds of questions are asked by fifty or more, each rounded up.
	if more, before := counts[2]-counts[1], counts[1]-counts[0]; more > 2*before+5 {
		t.Errorf("requests grow faster than the organization: %v", counts)
	}
}

// A plan takes one look at the history for each draft and recipient, and twice
// the drafts or recipients cost at most 2.2 times the allocations.
func TestPlanIsLinear(t *testing.T) {
	allocs := func(drafts, recipients int) float64 {
		r := planRequest(drafts, recipients)
		looks := 0
		r.History = func(string, reminder.Recipient) reminder.Told { looks++; return reminder.Told{} }
		reminder.Plan(r)
		if looks != drafts*recipients {
			t.Errorf("%d drafts for %d recipients each: %d looks at the history, want %d", drafts, recipients, looks, drafts*recipients)
		}
		return testing.AllocsPerRun(3, func() { reminder.Plan(r) })
	}
	once := allocs(1000, 5)
	for name, twice := range map[string]float64{"drafts": allocs(2000, 5), "recipients": allocs(1000, 10)} {
		if twice > growth*once {
			t.Errorf("twice the %s: %.0f allocations instead of %.0f", name, twice, once)
		}
	}
}
