package notify

// leftDuty are people in the rotation of those on duty who left the organization.
func leftDuty(r Report) Section {
	return Section{
		Kind:  "duty-left",
		Title: "On duty, and not a member",
		Intro: sentence("These are in the rotation on-duty of the configuration, and are no members of the organization. Take them out of it."),
		Rows:  rows(r.LeftDuty, func(login string) []Line { return []Line{{code(clip(login, 100))}} }),
		Known: r.LeftDutyKnown,
	}
}
