package notify

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
	return Section{
		Kind:  "no-answer",
		Title: "No answer on the draft",
		Intro: sentence("Reminded, and since then nothing has happened on GitHub: no answer, no command, no change of severity, fork or " +
			"collaborators (commits to a private fork don't show). Ask what is needed, or find somebody else for the fix."),
		Rows:  rows(r.NoAnswer, row(names)),
		Brief: rows(r.NoAnswer, row(func(list string) Line { return someNames(list, mostUnanswered) })),
		Known: known(r.NoAnswer),
	}
}
