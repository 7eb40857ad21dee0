package notify

import "strings"

// Access is what a report says of whom drafts were opened to, will be, and will not.
type Access struct {
	Given      []Opened // since the last accepted report
	Will       []Opened // at the next run of a later day
	Removed    []Opened // not added again, since somebody removed them
	RemovedNew bool     // no accepted report has said so of one of these
}

// Opened is a draft, and people and teams to whom it is, will be, or won't be opened.
type Opened struct {
	Item Item
	To   []string // user:octocat, team:openedx/x
}

func willBeGivenAccess(r Report) Section {
	return Section{
		Kind:  "will-be-given-access",
		Title: "Will be given access",
		Intro: sentence("A file in the repository names these as its owners, and GitHub lets them write there. " +
			"The first run on a later day opens the draft to them. To prevent that, name the owners in the configuration, or set access to configured."),
		Rows: openedRows(r.Access.Will),
		News: true,
	}
}

func givenAccess(r Report) Section {
	s := Section{
		Kind:  "given-access",
		Title: "Given access",
		Intro: sentence("These can open the draft now, as its collaborators."),
		Rows:  openedRows(r.Access.Given),
		News:  true,
	}
	if r.DryRun {
		s.Title, s.Intro = "Would be given access", sentence("A run would make these collaborators of the draft.")
	}
	return s
}

func notAddedAgain(r Report) Section {
	return Section{
		Kind:  "not-added-again",
		Title: "Not added again",
		Intro: sentence("Somebody removed these from the draft, so they are not given access to it again. " +
			"They are still reminded. To change that, add them by hand."),
		Rows: openedRows(r.Access.Removed),
		News: r.Access.RemovedNew,
	}
}

// openedRows lays out drafts, those of one repository and the same people in one row.
func openedRows(list []Opened) (out [][]Line) {
	type group struct{ repository, to string }
	place := make(map[group]int)
	for _, o := range list {
		g := group{o.Item.Repository.Key(), strings.Join(o.To, ", ")}
		if at, ok := place[g]; ok && len(out[at][0]) < 4*together {
			out[at][0] = append(append(out[at][0], text(", ")), idAndTitle(o.Item)...)
			continue
		}
		place[g] = len(out)
		out = append(out, []Line{itemName(o.Item), names(g.to)})
	}
	return out
}
