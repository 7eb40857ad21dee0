package notify

import (
	"encoding/json"
	"time"
)

// FileVersion is the version of a report as a file. A field that is added does not
// change it.
const FileVersion = 1

// A File is a report for other programs. examples/report.schema.json describes it.
type File struct {
	Version      int            `json:"version"`
	ID           string         `json:"id"` // of the delivery
	Time         time.Time      `json:"time"`
	Organization string         `json:"organization"`
	DryRun       bool           `json:"dry_run"`
	Run          string         `json:"run,omitempty"` // the page of the workflow run
	OnDuty       string         `json:"on_duty,omitempty"`
	Title        string         `json:"title"`
	NeedsHuman   int            `json:"needs_human"` // how many things do
	New          bool           `json:"new"`         // one of them is new
	Open         map[string]int `json:"open"`        // drafts by severity
	Groups       []FileGroup    `json:"groups"`
}

// A FileGroup is a Group.
type FileGroup struct {
	Title string     `json:"title"`
	Kinds []FileKind `json:"kinds"`
}

// A FileKind is a Section: Kind is its name for programs, and stays as it is.
type FileKind struct {
	Kind  string     `json:"kind"`
	Title string     `json:"title,omitempty"`
	About string     `json:"about,omitempty"`
	Items []FileItem `json:"items"`
}

// A FileItem is a line of the report.
type FileItem struct {
	Text  string     `json:"text"`
	Links []FileLink `json:"links,omitempty"`
}

// A FileLink is a link in such a line. That of an advisory has its id as the text.
type FileLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// JSON returns a report as a file.
func JSON(r Report) []byte {
	f := File{
		Version: FileVersion, ID: r.ID, Time: r.Now.UTC(), Organization: Clean(r.Organization), DryRun: r.DryRun,
		OnDuty: Clean(r.OnDuty), Title: ReportTitle(r), NeedsHuman: needsHuman(r), New: r.Calls(),
		Open: make(map[string]int),
	}
	if u, ok := SafeURL(r.RunURL); ok {
		f.Run = u
	}
	for s, n := range r.Open {
		f.Open[s.String()] = n
	}
	for _, g := range Groups(r) {
		group := FileGroup{Title: g.Title}
		for _, s := range g.Sections {
			kind := FileKind{Kind: s.Kind, Title: s.Title, About: s.Intro.words()}
			for _, l := range points(s.Rows) {
				item := FileItem{Text: l.words()}
				for _, span := range l {
					if span.Kind == Link {
						item.Links = append(item.Links, FileLink{span.Text, span.URL})
					}
				}
				kind.Items = append(kind.Items, item)
			}
			group.Kinds = append(group.Kinds, kind)
		}
		f.Groups = append(f.Groups, group)
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("a report that is no JSON: " + err.Error())
	}
	return append(text, '\n')
}
