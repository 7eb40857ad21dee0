package email

import (
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/config"
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
	nowhere := notifytest.One()
	nowhere.Try = "somebody"
	nowhere.Items[0].URL, nowhere.Items[0].PrivateFork = "", "https://github.com/openedx/xblock-poll-ghsa-4v9r-8xw2-m3qp"
	severities := []notify.Digest{notifytest.One(), notifytest.Three(), notifytest.Team(), notifytest.Many(5), shown, nowhere}
	var pages []string
	for _, d := range severities {
		pages = append(pages, letterHTML(notify.NewLetter(d, notify.Mail)))
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
	header := h.header
	if c.cadence == "" { // a report
		header = maps.Clone(header)
		delete(header, "X-Reminder-Cadence")
	}
	problems = append(problems, m.CheckHeader(header, recipient.Address)...)
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
	notifytest.Seed(f)
	f.Fuzz(h.checkMail)
}

func (h harmless) checkMail(t *testing.T, a, b, c string) {
	d, reports := notifytest.Outside(a, b, c)
	h.check(t, digestContent(d))
	for _, r := range reports {
		h.check(t, reportContent(r))
	}
}

// FuzzOrganization does the same with what the configuration says, which stands
// in the subject.
func FuzzOrganization(f *testing.F) {
	h := newHarmless(f)
	for _, s := range notifytest.Lures() {
		if len(s) < notifytest.TooLong {
			f.Add(s)
			f.Add(s + "@example.org")
		}
	}
	f.Add("=?utf-8?q?=0D=0ABcc=3A_victim=40example.org?=x@example.org")
	f.Fuzz(h.checkOrganization)
}

// plainAddress is what may be linked: nothing but an address.
var plainAddress = regexp.MustCompile(`^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// replyTo is the header that a contact may become: an address of ASCII alone,
// without a name, a comment, quotes or an encoded word, that fits into a line.
func replyTo(contact string) (string, bool) {
	a, err := mail.ParseAddress(contact)
	return "<" + contact + ">", err == nil && a.Address == contact && len(contact) <= 254 && !strings.Contains(contact, "=?") &&
		!strings.ContainsFunc(contact, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\", r) })
}

// checkOrganization expects no Reply-To and no link to write to where the
// contact is no address, and that address alone where it is one.
func (h harmless) checkOrganization(t *testing.T, s string) {
	d, r := notifytest.Three(), notifytest.Full()
	texts := config.Messages{Organization: s, WorkingGroup: s, Contact: s, ProcessURL: s, MaintainersURL: s, AnnouncementURL: s, AnnouncementName: s, AnnouncementNote: s, ReleaseChannel: s, TimeZone: s, ReleaseBranches: []string{s, s}}
	d.Texts, r.Texts = texts, texts
	links := slices.DeleteFunc(slices.Clone(notifytest.Links), func(l string) bool { return strings.HasPrefix(l, "mailto:") })
	h.header = maps.Clone(h.header)
	for _, name := range []string{"Reply-To", "List-Help", "List-Unsubscribe"} {
		delete(h.header, name)
	}
	if contact := notify.Clean(s); plainAddress.MatchString(contact) && len(contact) <= 200 {
		links = append(links, "mailto:"+contact)
	}
	if want, ok := replyTo(s); ok {
		h.header["Reply-To"] = []string{want}
		to := "<mailto:" + url.PathEscape(s)
		h.header["List-Help"] = []string{to + "?subject=Advisory%20reminder%3A%20help>"}
		h.header["List-Unsubscribe"] = []string{to + "?subject=Advisory%20reminder%3A%20not%20mine>"}
	}
	h.pages = h.pages.Leading(links)
	h.check(t, digestContent(d))
	h.check(t, reportContent(r))
}

// TestFlood does the same with texts of 65,000 characters.
func TestFlood(t *testing.T) {
	for _, s := range notifytest.Lures() {
		if len(s) < notifytest.TooLong {
			continue
		}
		h := newHarmless(t)
		h.checkMail(t, s, "x", s)
		h.checkOrganization(t, s)
		h.checkOrganization(t, s+"@example.org")
	}
}
