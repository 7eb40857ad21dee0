package notify

// notes are the sections of what is worth knowing, but asks for nothing.
func notes(r Report) []Section {
	return []Section{
		{
			Kind:  "not-added-again",
			Title: "Not added again",
			Intro: sentence("Somebody removed these from the draft, so they are not given access to it again. " +
				"They are still reminded. To change that, add them by hand."),
			Rows: openedRows(r.Access.Removed),
			News: r.Access.RemovedNew,
		},
		{Kind: "notes", Rows: rows(r.Notes, func(n string) []Line { return []Line{outside(n)} })},
		about(r),
	}
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
		s.Rows = append(s.Rows, []Line{fact("Configuration", r.ConfigSource)})
	}
	s.Preview = &Section{Rows: s.Rows[1:]}
	return s
}
