package notify

import (
	"fmt"
	"regexp"
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
		h.Lines = append(h.Lines, append(Line{label("What failed"), text(" ")}, outside(why)...))
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
		h.Lines = append(h.Lines, sentence("Reminders are working; none were due. This report comes once a week even if there is nothing new."))
	}
	if len(r.Alarm) > 0 {
		h.Lines = append(h.Lines, sentence("The run could not look at what is due, so no reminder went out. Nothing is lost: it goes out with the first run that can. "+
			"As long as this lasts, every run fails; it is said once a day, or at every run if the ledger can't be read."))
	}
	return h
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

// known counts the items that an accepted report has said before.
func known(list []Item) (n int) {
	for _, i := range list {
		if i.Known {
			n++
		}
	}
	return n
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
		l = append(l, text(", then "), code(clip(r.NextOnDuty, 100)), text(" from "+day(r.HandOver, r.Location)))
	}
	return l
}

// memberForm is that of the id of a member of a Slack workspace.
var memberForm = regexp.MustCompile(`^[UW][A-Z0-9]{6,20}$`)

func label(s string) Span { return bold(s + ":") }

// fact is a row that has a name, and says what it is.
func fact(name, s string) []Line {
	return []Line{append(Line{label(name), text(" ")}, outside(s)...)}
}

// openDrafts counts drafts by severity, the most severe first.
func openDrafts(r Report) string {
	total := 0
	var parts []string
	for _, s := range append(advisory.Severities[:], advisory.Unscored) {
		if n := r.Open[s]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if total == 0 {
		return "none that this token can see"
	}
	return fmt.Sprintf("%d (%s)", total, strings.Join(parts, ", "))
}

// about says where the report comes from.
func about(r Report) Section {
	l := Line{label("Run"), text(" " + r.Now.In(orUTC(r.Location)).Format("Monday, 2 January 2006, 15:04 MST"))}
	if r.Organization != "" {
		l = append(l, text(", of "), code(clip(r.Organization, 200)))
	}
	if u, ok := SafeURL(r.RunURL); ok {
		l = append(l, text(" ("), link("log", u), text(")"))
	}
	s := Section{Kind: "about", Rows: [][]Line{{l}}}
	if r.ConfigSource != "" {
		s.Rows = append(s.Rows, fact("Configuration", r.ConfigSource))
	}
	s.Preview = &Section{Rows: s.Rows[1:]}
	return s
}
