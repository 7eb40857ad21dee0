package notify

// needsAdministrator are drafts whose next step nobody can take who is reminded of
// them; Reason is which step.
func needsAdministrator(r Report) Section {
	return Section{
		Kind:  "needs-administrator",
		Title: "Needs an administrator",
		Intro: sentence("Only an administrator of the repository can do this, and none is among those reminded. Ask one, or do it as an owner of the organization."),
		Rows:  rows(r.NeedsAdmin, func(i Item) []Line { return append(itemCells(i), outside(i.Reason)) }),
		Known: known(r.NeedsAdmin),
	}
}
