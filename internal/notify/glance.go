package notify

import (
	"fmt"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// glance is the report in a few lines.
func glance(r Report) Section {
	s := Section{Title: ReportTitle(r)}
	if r.Try != nil {
		s.Intro = r.Try.line()
	} else if r.DryRun {
		s.Intro = Line{bold("This was a dry run: nothing was sent.")}
	}
	if r.Heartbeat {
		if len(s.Intro) > 0 {
			s.Intro = append(s.Intro, text(" "))
		}
		s.Intro = append(s.Intro, sentence("The reminders run, and none were due. "+
			"This message comes once a week even if there is nothing new.")...)
	}
	if len(r.Alarm) > 0 {
		s.Intro = sentence("The run could not look at what is due, so no reminder went out. Nothing is lost: what is due goes out with the first run that can. " +
			"As long as this lasts, every run fails; it is said once a day, or at every run if the ledger can't be read.")
		for _, why := range r.Alarm {
			s.Rows = append(s.Rows, fact("What failed", why))
		}
	} else {
		s.Rows = outcome(r)
	}
	if r.OnDuty != "" {
		s.Rows = append(s.Rows, []Line{label("On duty"), onDuty(r)})
	}
	return s
}

// outcome says what there is, what was sent and what is to be done.
func outcome(r Report) (list [][]Line) {
	if r.FirstRun {
		list = append(list, fact("First run", "there was no ledger, so nobody counted as told. If there was a run before, its ledger is lost"))
	}
	list = append(list, fact("Open drafts", openDrafts(r)))

	reminders := 0
	for _, d := range r.Digests {
		reminders += d.Items
	}
	sent := "nothing"
	if len(r.Digests) > 0 {
		sent = Plural(len(r.Digests), "digest", "digests") + " with " + Plural(reminders, "reminder", "reminders")
	}
	verb := "Sent"
	if r.DryRun {
		verb = "Would be sent"
	}
	list = append(list, fact(verb, sent), fact("Needs a human", wanted(r)))
	if w := waiting(r); w != "" {
		list = append(list, fact("Waiting in all", w))
	}
	return list
}

// onDuty says who is on duty, for how long, and who is next.
func onDuty(r Report) Line {
	l := Line{code(clip(r.OnDuty, 100))}
	if r.NextOnDuty != "" {
		l = append(l, text(", then "), code(clip(r.NextOnDuty, 100)), text(" from "+day(r.HandOver, r.Location)))
	}
	return l
}

func label(s string) Line { return Line{bold(s + ":")} }

// fact is a row without columns: a name, and what it is.
func fact(name, s string) []Line { return []Line{label(name), outside(s)} }

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

// wanted names what needs a human.
func wanted(r Report) string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, Plural(n, one, many))
		}
	}
	if len(r.LeftOut) > 0 {
		parts = append(parts, "a list that is not whole")
	}
	add(len(r.NeedsOwner), "advisory without an owner", "advisories without an owner")
	add(len(r.NeedsScore), "advisory without a score", "advisories without a score")
	add(len(r.Undelivered), "digest that could not be delivered", "digests that could not be delivered")
	add(len(r.Stalled), "stalled advisory", "stalled advisories")
	add(len(r.Warnings), "warning", "warnings")
	if len(parts) == 0 && waiting(r) != "" {
		return "nothing new"
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// about says where the report comes from.
func about(r Report) Section {
	s := Section{Title: "About this run"}
	add := func(name string, l Line) { s.Rows = append(s.Rows, []Line{label(name), l}) }
	add("Run", sentence(r.Now.In(orUTC(r.Location)).Format("Monday, 2 January 2006, 15:04 MST")))
	if r.Organization != "" {
		add("Organization", Line{code(clip(r.Organization, 200))})
	}
	if r.ConfigSource != "" {
		add("Configuration", outside(r.ConfigSource))
	}
	if u, ok := SafeURL(r.RunURL); ok {
		add("Log", Line{link("workflow run", u)})
	}
	return s
}
