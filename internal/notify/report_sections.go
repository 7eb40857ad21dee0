package notify

import "slices"

// A report is four groups of items, of which each kind is a Section. A further kind is
// one in the list of its group, which has a file of its own, made of a field of Report;
// where there is nothing to say the section has no rows, and is left out. All that a
// report is rendered as (mail, Slack, Markdown, JSON) is laid out from these sections
// alone, and whether one is sent and whom it calls follows from them.

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
		list[i] = joined(row, " · ")
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

// Groups returns what a report says below its first lines: what needs a human first.
// What would be empty is left out.
func Groups(r Report) []Group {
	if len(r.Alarm) > 0 {
		return []Group{{Title: notesName, Sections: []Section{about(r)}}}
	}
	all := []Group{
		{Title: "Needs a human", Sections: needs(r)},
		{Title: "What happened", Sections: happened(r)},
		{Title: "What is open", Sections: open(r)},
		{Title: notesName, Sections: notes(r)},
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
