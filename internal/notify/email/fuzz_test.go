package email

import (
	"net/mail"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/inert"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
)

// harmless is what mails look like if nobody means harm.
type harmless struct {
	pages  *inert.Pages
	header mail.Header
}

var (
	sender    = &mail.Address{Name: "Security", Address: "security-reminders@example.org"}
	recipient = &mail.Address{Address: "ada@example.org"}
)

func newHarmless(t testing.TB) harmless {
	t.Helper()
	shown := notifytest.Three()
	for i := range shown.Items {
		shown.Items[i].Summary = "A title"
	}
	var h harmless
	// Every severity has a look of its own.
	full := notifytest.Full()
	severities := []notify.Digest{notifytest.One(), notifytest.Three(), notifytest.Team(), notifytest.Many(5), shown}
	var pages []string
	for _, d := range severities {
		pages = append(pages, digestHTML(d))
	}
	for _, r := range []notify.Report{full, notifytest.Heartbeat(), notifytest.Routine()} {
		r.Notes = []string{"A note."}
		pages = append(pages, reportHTML(r))
		r.DryRun = true
		pages = append(pages, reportHTML(r))
	}
	h.pages = inert.NewPages(notifytest.Links, pages...)
	data, err := message(digestContent(notifytest.One()), sender, nil, recipient)
	if err != nil {
		t.Fatal(err)
	}
	m, problems := inert.ReadMail(data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	h.header = m.Header
	return h
}

// check holds a mail against the harmless ones.
func (h harmless) check(t *testing.T, c content) {
	t.Helper()
	data, err := message(c, sender, nil, recipient)
	if err != nil {
		t.Fatal(err)
	}
	m, problems := inert.ReadMail(data)
	problems = append(problems, m.CheckHeader(h.header, recipient.Address)...)
	problems = append(problems, h.pages.Check(m.HTML)...)
	problems = append(problems, inert.Text(m.Text)...)
	for _, p := range problems {
		t.Error(p)
	}
}

// FuzzMail puts texts into every place of a digest and a report: the mail's
// header and the structure of its HTML stay as they are.
func FuzzMail(f *testing.F) {
	h := newHarmless(f)
	lures := notifytest.Lures()
	for i, s := range lures {
		if other := lures[(i+7)%len(lures)]; len(s)+len(other) < tooLong {
			f.Add(s, other, s)
		}
	}
	f.Fuzz(h.checkMail)
}

func (h harmless) checkMail(t *testing.T, a, b, c string) {
	d, r := notifytest.Outside(a, b, c)
	h.check(t, digestContent(d))
	h.check(t, reportContent(r))
}

// FuzzOrganization does the same with what the configuration says, which stands
// in the subject.
func FuzzOrganization(f *testing.F) {
	h := newHarmless(f)
	for _, s := range notifytest.Lures() {
		if len(s) < tooLong {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, r := notifytest.Three(), notifytest.Full()
		texts := notify.Texts{Organization: s, WorkingGroup: s, Contact: s, ProcessURL: s, AnnouncementURL: s, TimeZone: s}
		d.Texts, r.Texts = texts, texts
		h.check(t, digestContent(d))
		h.check(t, reportContent(r))
	})
}

// tooLong is from where a text is one for TestFlood: a fuzzer would try it again
// and again.
const tooLong = 5000

// TestFlood does the same with texts of 65,000 characters.
func TestFlood(t *testing.T) {
	for _, s := range notifytest.Lures() {
		if len(s) < tooLong {
			continue
		}
		newHarmless(t).checkMail(t, s, "x", s)
	}
}
