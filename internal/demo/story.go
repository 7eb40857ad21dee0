package demo

import (
	"cmp"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// story is what the days told, with everybody's name.
type story struct {
	world    World
	everyone []Person // at the end
	days     []day
	dry      day // the dry run before the first run

	runs, dropped, failed int
	drafts                []Draft         // those with comments, at the end
	comments              int             // of the program
	commented             map[string]bool // the drafts on which it made them
	mails, directs        int             // digests by channel
	reports               int             // messages to the working group
	byCadence             map[string]int  // digests
	people                map[string]bool
	requests              int // to GitHub
}

// cadences in the order in which they are shown, with the words by which a
// message is known to have one.
var cadences = []struct {
	name  string
	words []string
}{
	{"weekly", []string{"weekly", "once a week", "every week"}},
	{"monthly", []string{"monthly", "once a month", "every month"}},
	{"quarterly", []string{"quarterly", "once a quarter", "every quarter"}},
	{"twice-yearly", []string{"semiannual", "twice-yearly", "twice a year", "every half year"}},
}

// cadenceIn returns the cadence that is named first, in the first text that
// names any, or nothing.
func cadenceIn(texts ...string) string {
	for _, text := range texts {
		text = strings.ToLower(text)
		best, found := len(text), ""
		for _, c := range cadences {
			for _, w := range c.words {
				if i := strings.Index(text, w); i >= 0 && i < best {
					best, found = i, c.name
				}
			}
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// delivery is one message to somebody, in short.
type delivery struct {
	to      string // login, or as much of an address as is known; "" for the working group
	cadence string // empty where none is known
	slack   bool
	comment bool // on a draft
}

// newStory counts what the days tell. The dry run, which made so many requests
// to GitHub, counts for nothing.
func newStory(w World, days []day, dry day, dryRequests int) *story {
	s := &story{world: w, days: days, dry: dry, everyone: w.People(), byCadence: map[string]int{}, people: map[string]bool{}, commented: map[string]bool{}}
	s.requests = w.GitHubRequests() - dryRequests
	if w.Drafts != nil {
		s.drafts = slices.DeleteFunc(w.Drafts(), func(d Draft) bool { return len(d.Comments) == 0 })
	}
	for _, d := range days {
		if d.dropped {
			s.dropped++
			continue
		}
		s.runs++
		if d.status != 0 {
			s.failed++
		}
		for _, t := range d.threads {
			s.comments += len(t.Comments)
			s.commented[t.ID] = true
		}
		for _, v := range s.deliveries(d) {
			switch {
			case v.to == "":
				s.reports++
				continue
			case v.comment:
				continue
			case v.slack:
				s.directs++
			default:
				s.mails++
			}
			s.people[v.to] = true
			if v.cadence != "" {
				s.byCadence[v.cadence]++
			}
		}
	}
	return s
}

// failure is an error if no run went well, with the words of the last.
func (s *story) failure() error {
	if s.failed < s.runs || s.runs == 0 {
		return nil
	}
	var last day
	for _, d := range s.days {
		if !d.dropped {
			last = d
		}
	}
	return fmt.Errorf("every run failed, the last with exit status %d:\n%s", last.status, indented(cmp.Or(last.log, "(it said nothing)")))
}

// deliveries returns what was sent on a day. What went on in a thread belongs
// to the message above it.
func (s *story) deliveries(d day) []delivery {
	var list []delivery
	for _, m := range d.mails {
		cadence := mailCadence(m)
		for _, to := range m.To {
			list = append(list, delivery{to: s.mailTo(to), cadence: cadence})
		}
	}
	for _, m := range d.messages {
		if m.ThreadTS == "" {
			list = append(list, delivery{to: s.slackTo(m), cadence: slackCadence(m), slack: true})
		}
	}
	for _, t := range d.threads {
		for _, c := range t.Comments {
			for _, login := range calls(c) {
				list = append(list, delivery{to: login, cadence: "comment", comment: true})
			}
		}
	}
	return list
}

// inOrder returns a day with what was sent side by side in an order that is
// always the same: by recipient, then by cadence. Reports and what goes on in a
// thread come last, as they were sent.
func (s *story) inOrder(d day) day {
	d.mails, d.messages = slices.Clone(d.mails), slices.Clone(d.messages)
	mailKey := func(m sandbox.Mail) (string, int) {
		return s.mailTo(strings.Join(m.To, " ")), rank(mailCadence(m))
	}
	messageKey := func(m sandbox.SlackMessage) (string, int) {
		if m.ThreadTS != "" {
			return "", 0
		}
		return s.slackTo(m), rank(slackCadence(m))
	}
	slices.SortStableFunc(d.mails, func(a, b sandbox.Mail) int { return inOrder(a, b, mailKey) })
	slices.SortStableFunc(d.messages, func(a, b sandbox.SlackMessage) int { return inOrder(a, b, messageKey) })
	return d
}

func inOrder[T any](a, b T, key func(T) (to string, cadence int)) int {
	toA, cadenceA := key(a)
	toB, cadenceB := key(b)
	switch {
	case toA == "" && toB == "":
		return 0
	case toA == "":
		return 1
	case toB == "":
		return -1
	}
	return cmp.Or(cmp.Compare(toA, toB), cmp.Compare(cadenceA, cadenceB))
}

// mailTo returns the login that an address belongs to, or the address.
func (s *story) mailTo(address string) string {
	i := slices.IndexFunc(s.everyone, func(p Person) bool {
		return slices.ContainsFunc(p.Emails, func(e string) bool { return strings.EqualFold(e, address) })
	})
	if i < 0 {
		return address
	}
	return s.everyone[i].Login
}

// slackTo returns whom a message went to, or nothing if it is a report.
func (s *story) slackTo(m sandbox.SlackMessage) string {
	switch {
	case m.UserID == "" && m.ChannelName == sandbox.ReportChannel:
		return ""
	case m.UserID == "":
		return "#" + m.ChannelName
	}
	i := slices.IndexFunc(s.everyone, func(p Person) bool { return p.SlackID == m.UserID })
	if i < 0 {
		return m.UserID
	}
	return s.everyone[i].Login
}

// mailCadence is a digest's, by its header.
func mailCadence(m sandbox.Mail) string {
	return cadenceIn(m.Header.Get("X-Reminder-Cadence"), subject(m), m.Text)
}

func slackCadence(m sandbox.SlackMessage) string {
	return cadenceIn(string(m.Metadata), m.Text, string(m.Blocks))
}

// subject returns a mail's subject in plain characters.
func subject(m sandbox.Mail) string { return decoded(m.Header.Get("Subject")) }

// decoded undoes the encoding of words in a mail's header.
func decoded(raw string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(raw)
	if err != nil {
		return raw
	}
	return text
}
