package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
)

// A report is four groups of items, of which each kind is a Section. A further kind
// is one line in Groups, at the place in its group where it is to stand, and a
// function in a file section_TOPIC.go that returns its Section from a field of
// Report; where there is nothing to say the section has no rows, and is left out.
// All that a report is rendered as (mail, Slack, Markdown, the file) is laid out from
// these sections alone, and whether one is sent and whom it calls follows from them.

// A Group is a part of a report.
type Group struct {
	Title    string
	Sections []Section
}

// A Section is all items of one kind: what they are, in words that the reader
// recognises, what to do about them, and an item a row. The cells of a row are read
// one after the other, on one line.
type Section struct {
	Kind  string // its name for other programs; see FileKind
	Title string // empty where the rows say it
	Intro Line   // such as what to do
	Rows  [][]Line
	Brief [][]Line // for people, where the rows would be too long; a file has all of them
	Whole bool     // what needs a human is one thing, however many rows it has

	// Of what needs a human, how much an accepted report has said before, and it lasts.
	// Only the rest is new.
	Known int

	// Of anything else, a report is sent because of it.
	News bool

	// What a dry run shows of it in short, where that is less than all: the preview
	// says the rest beside the report.
	Preview *Section
}

// Lead returns what stands before the rows: the section's title, and what to do.
func (s Section) Lead() Line {
	if s.Title == "" {
		return s.Intro
	}
	if len(s.Intro) == 0 {
		return Line{bold(s.Title)}
	}
	return append(Line{bold(s.Title + "."), text(" ")}, s.Intro...)
}

// Points returns the rows as people read them, each as one line.
func (s Section) Points() []Line {
	if s.Brief != nil {
		return points(s.Brief)
	}
	return points(s.Rows)
}

func points(rows [][]Line) []Line {
	list := make([]Line, len(rows))
	for i, row := range rows {
		for n, cell := range row {
			if n > 0 {
				list[i] = append(list[i], text(" · "))
			}
			list[i] = append(list[i], cell...)
		}
	}
	return list
}

// count returns how many things of a kind need a human.
func (s Section) count() int {
	if s.Whole {
		return min(1, len(s.Rows))
	}
	return len(s.Rows)
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

// Groups returns what a report says below its first lines: what needs a human first.
// What would be empty is left out.
func Groups(r Report) []Group {
	if len(r.Alarm) > 0 {
		return []Group{{Title: notesName, Sections: []Section{about(r)}}}
	}
	all := []Group{
		{Title: "Needs a human", Sections: needs(r)},
		{Title: "What happened", Sections: []Section{
			willBeGivenAccess(r),
			month(r),
			sent(r),
			givenAccess(r),
			commandsGiven(r),
			changed(r),
			snoozeEnded(r),
			resolved(r),
		}},
		{Title: "What is open", Sections: []Section{
			open(r),
			releasesPlanned(r),
			heldBack(r),
			snoozed(r),
			longestOpen(r),
		}},
		{Title: notesName, Sections: []Section{
			notAddedAgain(r),
			notesOf(r),
			about(r),
		}},
	}
	var out []Group
	for _, g := range all {
		g.Sections = slices.DeleteFunc(g.Sections, func(s Section) bool { return len(s.Rows) == 0 })
		if len(g.Sections) > 0 {
			out = append(out, g)
		}
	}
	return out
}

const notesName = "Notes"

// needs are the kinds of items that need a human, the most urgent first.
func needs(r Report) []Section {
	return []Section{
		leftOut(r),
		firstLedger(r),
		undelivered(r),
		needsOwner(r),
		needsScore(r),
		needsAdministrator(r),
		releaseOverdue(r),
		noAnswer(r),
		triage(r),
		firstTold(r),
		snoozedAgain(r),
		leftDuty(r),
		warnings(r),
	}
}

func leftOut(r Report) Section {
	s := Section{
		Kind:  "list-not-whole",
		Title: "GitHub's list is not whole",
		Intro: sentence(aboutLeftOut(len(r.LeftOut))),
		Rows:  rows(r.LeftOut[:min(leftOutRows, len(r.LeftOut))], itemCells),
		Whole: true,
	}
	if r.LeftOutSaid {
		s.Known = s.count()
	}
	return s
}

func firstLedger(r Report) (s Section) {
	if r.FirstRun {
		s.Kind, s.Title = "first-run", "First run"
		s.Rows = [][]Line{{sentence("A new ledger begins here, so every reminder counts as the first. If this is not the first run, " +
			"the ledger before it is lost: see who deleted its branch or file, or changed the inputs that name it.")}}
	}
	return s
}

func needsOwner(r Report) Section {
	return Section{
		Kind:  "needs-owner",
		Title: "Needs an owner",
		Intro: sentence("Nobody can be reminded. Find somebody for the fix, or name owners in the repository's catalog-info.yaml " +
			"or in the configuration, and contacts there. These reappear each time a reminder would be due."),
		Rows: alike(r.NeedsOwner),
	}
}

func needsScore(r Report) Section {
	return Section{
		Kind:  "needs-score",
		Title: "Needs a score",
		Intro: sentence("No reminders are sent until the draft has a severity. Score it in the draft."),
		Rows: rows(r.NeedsScore, func(i Item) []Line {
			return []Line{itemName(i), sentence(age(i.OpenDays))}
		}),
	}
}

func undelivered(r Report) Section {
	s := Section{
		Kind:  "undelivered",
		Title: "Could not deliver",
		Intro: sentence("The next run tries again."),
		Rows:  undeliveredRows(r.Undelivered),
	}
	if u, ok := SafeURL(r.RunURL); ok {
		s.Intro = append(s.Intro, text(" "), link("Log of the run", u), text("."))
	}
	return s
}

// fewTold is how many rows of those who are told for the first time need no count.
const fewTold = 3

// firstTold names everybody, on a first run too: whoever wrote themself into a file
// would be seen nowhere else.
func firstTold(r Report) Section {
	s := Section{
		Kind:  "first-told",
		Title: "Told for the first time",
		Intro: sentence("Anyone with write access to a repository can list themselves as its owner. Please confirm that each of these is right."),
		Rows: rows(r.FirstTold, func(f FirstTold) []Line {
			return []Line{names(f.To), {link(clip(f.Repository.String(), 200), f.URL)}, outside(f.Route)}
		}),
	}
	if (r.FirstRun || r.NoLedger) && len(s.Rows) > fewTold {
		s.Intro, s.Whole = append(sentence("On a first run that is everybody: "+everybody(r.FirstTold)+". "), s.Intro...), true
		s.Preview = &Section{Title: s.Title, Intro: s.Intro}
	}
	return s
}

// everybody counts people and teams, and the repositories that they were told about.
func everybody(list []FirstTold) string {
	people, teams, repositories := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, f := range list {
		repositories[f.Repository.Key()] = true
		for _, to := range strings.Split(f.To, ", ") {
			if strings.HasPrefix(to, "team:") {
				teams[to] = true
			} else {
				people[to] = true
			}
		}
	}
	var who []string
	if len(people) > 0 {
		who = append(who, Plural(len(people), "person", "people"))
	}
	if len(teams) > 0 {
		who = append(who, Plural(len(teams), "team", "teams"))
	}
	return oneOf(who, "and") + " in " + Plural(len(repositories), "repository", "repositories")
}

func warnings(r Report) Section {
	return Section{
		Kind:  "warnings",
		Title: "Warnings",
		Rows:  rows(r.Warnings, func(w string) []Line { return []Line{sentence(w)} }),
		Known: r.WarningsKnown,
	}
}

func sent(r Report) Section {
	s := Section{
		Kind:    "digests-sent",
		Title:   "Digests sent",
		Rows:    sentRows(r.Digests, r.CommentSeen, len(r.Digests)),
		Brief:   sentRows(r.Digests, r.CommentSeen, mostSent),
		News:    true,
		Preview: &Section{},
	}
	if r.DryRun {
		s.Title = "Digests that would be sent"
	}
	reminders := 0
	for _, d := range r.Digests {
		reminders += d.Items
	}
	s.Intro = sentence(Plural(len(r.Digests), "digest", "digests") + " with " + Plural(reminders, "reminder", "reminders") + ". Recipients, with the number of advisories each.")
	return s
}

func changed(r Report) Section {
	return Section{
		Kind:  "changed-severity",
		Title: "Changed severity",
		Rows: rows(r.Changed, func(c Change) []Line {
			return []Line{itemName(c.Item), sentence("from " + c.From.String() + " to " + c.To.String())}
		}),
		News: true,
	}
}

func snoozeEnded(r Report) Section {
	return Section{
		Kind:  "snooze-ended",
		Title: "Snooze ended",
		Intro: sentence("Reminders go on. To hold them back for longer, give another day in the configuration; else remove the entry. You will not be told again."),
		Rows:  rows(r.SnoozeEnded, func(z Snooze) []Line { return snoozeCells(z, "since ", r.Location) }),
		News:  true,
	}
}

func resolved(r Report) Section {
	return Section{
		Kind:  "resolved",
		Title: "Resolved since the last report",
		Rows: rows(r.Resolved, func(x Resolved) []Line {
			return []Line{itemName(x.Item), outside(string(x.State))}
		}),
		News: true,
	}
}

func open(r Report) Section {
	s := Section{Kind: "open", Rows: [][]Line{fact("Open drafts", openDrafts(r))}}
	if w := waiting(r); w != "" {
		s.Rows = append(s.Rows, fact("Waiting in all", w))
	}
	return s
}

func snoozed(r Report) Section {
	return Section{
		Kind:  "held-back",
		Title: "Held back",
		Intro: sentence("Snoozed in the configuration."),
		Rows:  rows(r.Snoozed, func(z Snooze) []Line { return snoozeCells(z, "until ", r.Location) }),
	}
}

func longestOpen(r Report) Section {
	return Section{Kind: "longest-open", Title: "Longest open", Rows: rows(r.LongestOpen, itemCells), Preview: &Section{}}
}

func notesOf(r Report) Section {
	return Section{Kind: "notes", Rows: rows(r.Notes, func(n string) []Line { return []Line{outside(n)} })}
}

// leftOutRows is how many drafts that GitHub's list leaves out are shown.
const leftOutRows = 10

// aboutLeftOut says what it means that GitHub's list leaves out that many drafts.
func aboutLeftOut(n int) string {
	which := "this draft out of its list, although it can be read by name. Its"
	switch {
	case n > leftOutRows:
		which = fmt.Sprintf("%d drafts out of its list, although each can be read by name; the %d most severe are below. Their", n, leftOutRows)
	case n > 1:
		which = fmt.Sprintf("these %d drafts out of its list, although each can be read by name. Their", n)
	}
	return "GitHub leaves " + which + " reminders go on, but nobody sees a new draft that is left out. " +
		"The token has probably lost a right. It must belong to an owner or security manager of the organization, or to an app " +
		"with the permission “Repository security advisories” (write) on all repositories; for single repositories, " +
		"to an administrator or such an app. Every run fails until the list is whole."
}

// rows lays out a list.
func rows[T any](list []T, cells func(T) []Line) [][]Line {
	var out [][]Line
	for _, v := range list {
		out = append(out, cells(v))
	}
	return out
}

// together is how many recipients one row names.
const together = 10

// undeliveredRows lays out what was not delivered, with what happened once for
// several to whom the same did. Every recipient is named.
func undeliveredRows(list []Sent) [][]Line {
	type reason struct{ channel, failure string }
	same := make(map[reason][]Sent)
	var order []reason
	for _, s := range list {
		r := reason{s.Channel, s.Failure}
		if same[r] == nil {
			order = append(order, r)
		}
		same[r] = append(same[r], s)
	}
	var out [][]Line
	for _, r := range order {
		for group := range slices.Chunk(same[r], together) {
			var who Line
			var named []string
			for _, s := range group {
				if slices.Contains(named, s.To) {
					continue
				}
				if named = append(named, s.To); len(named) > 1 {
					who = append(who, text(", "))
				}
				who = append(who, code(s.To))
			}
			what := digestOf(group[0])
			if len(group) > 1 {
				what = Plural(len(group), "digest", "digests")
			}
			out = append(out, []Line{who, sentence(what), outside(r.channel), outside(r.failure)})
		}
	}
	return out
}

// outside is a line of a text that somebody else wrote.
func outside(s string) Line { return sentence(clip(s, longest)) }

// itemName names an advisory, with its title where that may be shown.
func itemName(i Item) Line {
	return append(Line{bold(clip(i.Repository.String(), 200)), text(" ")}, idAndTitle(i)...)
}

func idAndTitle(i Item) Line {
	l := Line{link(clip(i.ID, 40), i.URL)}
	if s := clip(i.Summary, longest); s != "" {
		l = append(l, text(": "+s))
	}
	return l
}

// names lists recipients, which are separated by commas.
func names(list string) Line { return someNames(list, strings.Count(list, ", ")+1) }

// someNames is names of so many recipients, with how many others there are.
func someNames(list string, most int) (l Line) {
	all := strings.Split(list, ", ")
	for n, name := range all {
		if rest := len(all) - n; n == most && rest > 1 {
			return append(l, text(fmt.Sprintf(" and %d others", rest)))
		}
		if n > 0 {
			l = append(l, text(", "))
		}
		l = append(l, code(name))
	}
	return l
}

func itemCells(i Item) []Line {
	return []Line{itemName(i), sentence(rating(i)), sentence(age(i.OpenDays))}
}

// alike lays out items with a reason, those of one repository and reason together.
func alike(list []Item) [][]Line {
	type reason struct{ repository, reason string }
	same := make(map[reason][]Item)
	var order []reason
	for _, i := range list {
		r := reason{i.Repository.Key(), i.Reason}
		if same[r] == nil {
			order = append(order, r)
		}
		same[r] = append(same[r], i)
	}
	var out [][]Line
	for _, r := range order {
		for group := range slices.Chunk(same[r], together) {
			row := itemCells(group[0])
			if len(group) > 1 {
				row = []Line{{bold(clip(group[0].Repository.String(), 200))}}
				for _, i := range group {
					cell := append(idAndTitle(i), text(", "+rating(i)+", "+age(i.OpenDays)))
					row = append(row, cell)
				}
			}
			out = append(out, append(row, outside(r.reason)))
		}
	}
	return out
}

// mostSent is how many recipients of what was sent a row names.
const mostSent = 5

// sentRows lists what was sent, cadence by cadence and channel by channel, with so
// many names each.
func sentRows(list []Sent, seen bool, most int) [][]Line {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Sent) int {
		return cmp.Or(cmp.Compare(a.Cadence, b.Cadence), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.To, b.To))
	})
	var out [][]Line
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(s Sent) bool { return s.Cadence != list[0].Cadence || s.Channel != list[0].Channel })
		if n < 0 {
			n = len(list)
		}
		var to Line
		for i, s := range list[:n] {
			if rest := n - i; i == most && rest > 1 {
				to = append(to, text(fmt.Sprintf(" and %d others", rest)))
				break
			}
			if i > 0 {
				to = append(to, text(", "))
			}
			to = append(to, code(s.To), text(fmt.Sprintf(" (%d)", s.Items)))
		}
		out = append(out, []Line{outside(Often(list[0].Cadence) + " " + by(list[0].Channel, seen)), to})
		list = list[n:]
	}
	return out
}

func digestOf(s Sent) string {
	return Often(s.Cadence) + ", " + Plural(s.Items, "advisory", "advisories")
}

// snoozeCells says when a snooze ends or has ended, and why it is there.
func snoozeCells(z Snooze, when string, loc *time.Location) []Line {
	return []Line{itemName(z.Item), sentence(rating(z.Item)),
		sentence(when + date(z.Until, loc)), outside(orElse(z.Reason, "no reason given"))}
}

// by names a channel. Nobody knows whether GitHub notifies people of comments before
// one of them was answered.
func by(channel string, seen bool) string {
	c := config.Channel(channel)
	if c == config.Thread && !seen {
		return "by " + c.Called() + "; nobody is known to have seen one"
	}
	return "by " + c.Called()
}
