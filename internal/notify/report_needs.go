package notify

import (
	"fmt"
	"slices"
	"strings"
)

// needs are the sections about what needs a human, the most urgent first.
func needs(r Report) []Section {
	overdue := func(i Item) []Line {
		return append(itemCells(i), sentence("planned for "+moment(i.Release, r.Texts.Zone())))
	}
	return []Section{
		leftOut(r),
		firstLedger(r),
		undelivered(r),
		{
			Kind:  "needs-owner",
			Title: "Needs an owner",
			Intro: sentence("Nobody can be reminded. Find somebody for the fix, or name owners in the repository's catalog-info.yaml " +
				"or in the configuration, and contacts there. These reappear each time a reminder would be due."),
			Rows: ownerlessRows(r.NeedsOwner),
		},
		{
			Kind:  "needs-score",
			Title: "Needs a score",
			Intro: sentence("No reminders are sent until the draft has a severity. Score it in the draft."),
			Rows: rows(r.NeedsScore, func(i Item) []Line {
				return []Line{itemName(i), sentence(age(i.OpenDays))}
			}),
		},
		lasting(Section{
			Kind:  "needs-administrator",
			Title: "Needs an administrator",
			Intro: sentence("Only an administrator of the repository can do this, and none is among those reminded. Ask one, or do it as an owner of the organization."),
		}, r.NeedsAdmin, administratorCells, administratorCells),
		lasting(Section{
			Kind:  "release-overdue",
			Title: "Release overdue",
			Intro: sentence("A release was planned, its time has passed, and the advisory is still a draft. Ask whether it was released, and publish the advisory if it was."),
		}, r.Talk.Overdue, overdue, overdue),
		noAnswer(r),
		lasting(Section{
			Kind:  "waiting-for-triage",
			Title: "Waiting for triage",
			Intro: sentence("Private reports that nobody has accepted as a draft or closed. Open the report on GitHub and decide."),
		}, r.Triage, triageCells, triageCells),
		firstTold(r),
		{
			Kind:  "snoozed-again",
			Title: "Snoozed again",
			Intro: sentence("These were snoozed before. Is the reason still a good one?"),
			Rows: rows(r.Talk.Again, func(g Given) []Line {
				return []Line{itemName(g.Item), person(g.By), until(g.Until, r.Location), reason(g.Reason)}
			}),
		},
		{
			Kind:  "duty-left",
			Title: "On duty, and not a member",
			Intro: sentence("These are in the rotation on-duty of the configuration, and are no members of the organization. Take them out of it."),
			Rows:  rows(r.LeftDuty, func(login string) []Line { return []Line{{code(clip(login, 100))}} }),
			Known: r.LeftDutyKnown,
		},
		{
			Kind:  "warnings",
			Title: "Warnings",
			Rows:  rows(r.Warnings, func(w string) []Line { return []Line{sentence(w)} }),
			Known: r.WarningsKnown,
		},
	}
}

func administratorCells(i Item) []Line { return append(itemCells(i), outside(i.Reason)) }

func triageCells(i Item) []Line {
	return []Line{itemName(i), sentence("reported " + Plural(i.OpenDays, "day", "days") + " ago")}
}

// leftOutRows is how many drafts that GitHub's list leaves out are shown.
const leftOutRows = 10

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

func firstLedger(r Report) (s Section) {
	if r.FirstRun {
		s.Kind, s.Title = "first-run", "First run"
		s.Rows = [][]Line{{sentence("A new ledger begins here, so every reminder counts as the first. If this is not the first run, " +
			"the ledger before it is lost: see who deleted its branch or file, or changed the inputs that name it.")}}
	}
	return s
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

// together is how many recipients one row names.
const together = 10

// undeliveredRows lays out what was not delivered, with what happened once for
// several to whom the same did. Every recipient is named.
func undeliveredRows(list []Sent) [][]Line {
	type reason struct{ channel, failure string }
	var out [][]Line
	for _, same := range alike(list, func(s Sent) reason { return reason{s.Channel, s.Failure} }) {
		for group := range slices.Chunk(same, together) {
			var who []Line
			for _, named := range alike(group, func(s Sent) string { return s.To }) {
				who = append(who, Line{code(named[0].To)})
			}
			one := group[0]
			what := Often(one.Cadence) + ", " + Plural(one.Items, "advisory", "advisories")
			if len(group) > 1 {
				what = Plural(len(group), "digest", "digests")
			}
			out = append(out, []Line{joined(who, ", "), sentence(what), outside(one.Channel), outside(one.Failure)})
		}
	}
	return out
}

// ownerlessRows lays out items with a reason, those of one repository and reason
// together.
func ownerlessRows(list []Item) [][]Line {
	type reason struct{ repository, reason string }
	var out [][]Line
	for _, same := range alike(list, func(i Item) reason { return reason{i.Repository.Key(), i.Reason} }) {
		for group := range slices.Chunk(same, together) {
			row := itemCells(group[0])
			if len(group) > 1 {
				row = []Line{{bold(clip(group[0].Repository.String(), 200))}}
				for _, i := range group {
					row = append(row, append(idAndTitle(i), text(", "+rating(i)+", "+age(i.OpenDays))))
				}
			}
			out = append(out, append(row, outside(group[0].Reason)))
		}
	}
	return out
}

// mostUnanswered is how many of those who did not answer a row names.
const mostUnanswered = 3

// noAnswer are drafts whose owners were reminded, and on which nothing happened.
func noAnswer(r Report) Section {
	row := func(people func(string) Line) func(Item) []Line {
		return func(i Item) []Line {
			l := sentence(Plural(i.Unanswered, "reminder", "reminders") + " since " + date(i.Since, r.Location) + ", to ")
			return append(itemCells(i), append(l, people(orElse(i.Reason, "nobody who is an owner now"))...))
		}
	}
	return lasting(Section{
		Kind:  "no-answer",
		Title: "No answer on the draft",
		Intro: sentence("Reminded, and since then nothing has happened on GitHub: no answer, no command, no change of severity, fork or " +
			"collaborators (commits to a private fork don't show). Ask what is needed, or find somebody else for the fix."),
	}, r.NoAnswer, row(names), row(func(list string) Line { return someNames(list, mostUnanswered) }))
}

// mostLasting is how many items of a condition that lasts people read: about as many as
// one message in Slack has room for.
const mostLasting = 50

// lasting fills a section with items of a condition that lasts, which the first report of
// each week repeats. Of a long list people read the new items first, then the most
// severe, and how many others there are and how many of these are new; a file has all.
// Those that are counted count as said.
func lasting(s Section, list []Item, whole, brief func(Item) []Line) Section {
	s.Rows = rows(list, whole)
	var fresh, old []Item
	for _, i := range list {
		if i.Known {
			old = append(old, i)
		} else {
			fresh = append(fresh, i)
		}
	}
	s.Known = len(old)
	rest := len(list) - mostLasting
	if rest <= 1 {
		s.Brief = rows(list, brief)
		return s
	}
	others := fmt.Sprintf("and %d others", rest)
	switch n := len(fresh) - mostLasting; {
	case n == rest:
		others += ", all of them new"
	case n > 0:
		others += fmt.Sprintf(", %d of them new", n)
	}
	s.Brief = append(rows(append(fresh, old...)[:mostLasting], brief), []Line{sentence(others)})
	return s
}

// fewTold is how many repositories with somebody who is told for the first time need no
// count.
const fewTold = 3

// firstTold names everybody, on a first run too: whoever wrote themself into a file
// would be seen nowhere else.
func firstTold(r Report) Section {
	s := Section{
		Kind:  "first-told",
		Title: "Told for the first time",
		Intro: sentence("Anyone with write access to a repository can list themselves as its owner. Please confirm that each of these is right."),
		Rows:  firstToldRows(r.FirstTold),
	}
	if (r.FirstRun || r.NoLedger) && len(r.FirstTold) > fewTold {
		s.Intro, s.Whole = append(sentence("On a first run that is everybody: "+everybody(r.FirstTold)+". "), s.Intro...), true
		s.Preview = &Section{Title: s.Title, Intro: s.Intro}
	}
	return s
}

// firstToldRows lays out who was told, the repositories of the same people and route
// together.
func firstToldRows(list []FirstTold) [][]Line {
	type owners struct{ to, route string }
	var out [][]Line
	for _, same := range alike(list, func(f FirstTold) owners { return owners{f.To, f.Route} }) {
		for group := range slices.Chunk(same, together) {
			var repositories []Line
			for _, f := range group {
				repositories = append(repositories, Line{link(clip(f.Repository.String(), 200), f.URL)})
			}
			out = append(out, []Line{names(group[0].To), joined(repositories, ", "), outside(group[0].Route)})
		}
	}
	return out
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
