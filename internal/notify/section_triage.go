package notify

// triage are private reports that nobody has taken up.
func triage(r Report) Section {
	return Section{
		Kind:  "waiting-for-triage",
		Title: "Waiting for triage",
		Intro: sentence("Private reports that nobody has accepted as a draft or closed. Open the report on GitHub and decide."),
		Rows: rows(r.Triage, func(i Item) []Line {
			return []Line{itemName(i), sentence("reported " + Plural(i.OpenDays, "day", "days") + " ago")}
		}),
		Known: known(r.Triage),
	}
}
