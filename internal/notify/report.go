package notify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// A LaidOut is a report in words, for a channel to lay out.
type LaidOut struct {
	Title  string // what needs a human, counted
	Lines  []Line // who is on duty, and what kind of report this is
	Groups []Group
}

// NewReport puts a report into words.
func NewReport(r Report) LaidOut {
	h := LaidOut{Title: ReportTitle(r), Groups: Groups(r)}
	for _, why := range r.Alarm {
		h.Lines = append(h.Lines, fact("What failed", why))
	}
	if r.OnDuty != "" {
		h.Lines = append(h.Lines, onDuty(r))
	}
	if r.Try != nil {
		h.Lines = append(h.Lines, r.Try.line())
	} else if r.DryRun {
		h.Lines = append(h.Lines, Line{bold("This was a dry run: nothing was sent.")})
	}
	if r.Heartbeat {
		state := "Reminders are working; none were due."
		if len(r.Warnings)+len(r.LeftOut) > 0 { // perhaps some were, and are held back
			state = "Nothing has changed since the last report."
		}
		h.Lines = append(h.Lines, sentence(state+" This report comes once a week even if there is nothing new."))
	}
	if len(r.Alarm) > 0 {
		h.Lines = append(h.Lines, sentence("The run could not look at what is due, so no reminder went out. Nothing is lost: it goes out with the first run that can. "+
			"As long as this lasts, every run fails; it is said once a day, or at every run if the ledger can't be read."))
	}
	return h
}

// ReportTitle returns a report in one line. It gives no more away than
// numbers.
func ReportTitle(r Report) string {
	dry := ""
	if r.Try != nil {
		dry = " (try)"
	} else if r.DryRun {
		dry = " (dry run)"
	}
	switch n := needsHuman(r); {
	case len(r.Alarm) > 0:
		return "The run failed, and nothing was sent"
	case n == 1:
		return "1 thing needs you" + dry
	case n > 1:
		return fmt.Sprintf("%d things need you", n) + dry
	case len(r.Digests) > 0 && r.DryRun:
		return nothing(r) + ", " + Plural(len(r.Digests), "digest", "digests") + " to send" + dry
	case len(r.Digests) > 0:
		return nothing(r) + ", " + Plural(len(r.Digests), "digest", "digests") + " sent"
	}
	return nothing(r) + dry
}

// nothing says that this report asks for nothing.
func nothing(r Report) string {
	if r.Standing > 0 || waiting(r) != "" {
		return "Nothing new needs you"
	}
	return "Nothing needs you"
}

// waiting names what waits for a human, whether or not this run has reminded
// of it.
func waiting(r Report) string {
	var parts []string
	if r.Ownerless > 0 {
		parts = append(parts, Plural(r.Ownerless, "draft", "drafts")+" without an owner")
	}
	if n := r.Open[advisory.Unscored]; n > 0 {
		parts = append(parts, Plural(n, "draft", "drafts")+" without a score")
	}
	return strings.Join(parts, ", ")
}

// needsHuman counts what somebody of the working group has to look at.
func needsHuman(r Report) int {
	n := 0
	for _, s := range needs(r) {
		n += s.count()
	}
	return n
}

// Quiet reports whether the report has nothing new to say, so that it is sent
// only as a heartbeat. What lasts is news when it begins; after that it is said in
// the first report of a week, and is no reason to send one.
func (r Report) Quiet() bool {
	return !r.Calls() && !slices.ContainsFunc(Groups(r), func(g Group) bool {
		return slices.ContainsFunc(g.Sections, func(s Section) bool { return s.News })
	})
}

// Calls reports whether something new needs a human, so that whoever is on duty is
// mentioned.
func (r Report) Calls() bool {
	fresh := 0
	for _, s := range needs(r) {
		fresh += s.count() - s.Known
	}
	return len(r.Alarm) > 0 || fresh > 0
}

// Calls returns the login of whoever is on duty, where a report calls them: where
// something new needs a human. It is empty where nobody is called.
func Calls(r Report) string {
	if !r.Calls() || !Mentionable(r.OnDuty) {
		return ""
	}
	return r.OnDuty
}

// onDuty says who is on duty, for how long, and who is next.
func onDuty(r Report) Line {
	l := Line{label("On duty"), text(" "), code(clip(r.OnDuty, 100))}
	if r.Calls() && memberForm.MatchString(r.OnDutySlack) {
		l[2] = Span{Kind: Mention, Text: l[2].Text, URL: r.OnDutySlack}
	}
	if r.NextOnDuty != "" {
		l = append(l, text(", then "), code(clip(r.NextOnDuty, 100)), text(" from "+r.HandOver.In(orUTC(r.Location)).Format("Monday, 2 January 2006")))
	}
	return l
}

// memberForm is that of the id of a member of a Slack workspace.
var memberForm = regexp.MustCompile(`^[UW][A-Z0-9]{6,20}$`)

// line says what went where.
func (t Try) line() Line {
	digests := Plural(t.Sent, "digest", "digests")
	if t.More > 0 {
		digests = fmt.Sprintf("%s with the most severe drafts (%d more did not go out)", digests, t.More)
	}
	return Line{bold("This was a try: the report and " + digests + " went to you, and nothing to anybody else."),
		text(" Without send-all-to the report would go to " + clip(t.Place, longest) + ". Nothing was noted in a ledger.")}
}
