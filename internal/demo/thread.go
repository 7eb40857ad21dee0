package demo

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// drafts returns the drafts by their ids, and nothing where there are none.
func (w World) drafts() map[string]Draft {
	byID := map[string]Draft{}
	if w.Drafts != nil {
		for _, d := range w.Drafts() {
			byID[d.ID] = d
		}
	}
	return byID
}

// noteDrafts notes what a run did to drafts: to whom it opened them, and what it
// said there.
func (d *day) noteDrafts(before, after map[string]Draft) {
	opened := map[string][]string{} // repositories by who can open a draft there
	for _, a := range after {
		was := before[a.ID]
		for _, who := range a.Collaborators {
			if !slices.Contains(was.Collaborators, who) && !slices.Contains(opened[who], a.Repository) {
				opened[who] = append(opened[who], a.Repository)
			}
		}
		a.Comments = slices.DeleteFunc(slices.Clone(a.Comments[min(len(was.Comments), len(a.Comments)):]), func(c sandbox.Comment) bool { return !ours(c) })
		if len(a.Comments) > 0 {
			d.threads = append(d.threads, a)
		}
	}
	for who, repositories := range opened {
		slices.Sort(repositories)
		d.opened = append(d.opened, who+" can open drafts of "+strings.Join(repositories, ", "))
	}
	slices.Sort(d.opened)
	slices.SortFunc(d.threads, func(a, b Draft) int { return cmp.Compare(a.ID, b.ID) })
}

var (
	called       = regexp.MustCompile(`^(?:@[A-Za-z0-9-]+ )+`)
	hiddenMarker = regexp.MustCompile(`(?s)<!-- advisory-reminders.*?-->`)
)

// calls returns the logins that a comment of the program is for.
func calls(c sandbox.Comment) (logins []string) {
	for _, word := range strings.Fields(called.FindString(c.Body)) {
		logins = append(logins, word[1:])
	}
	return logins
}

// ours reports whether the program wrote a comment.
func ours(c sandbox.Comment) bool { return hiddenMarker.MatchString(c.Body) }

// threadItem is the thread of a draft, as it is at the end.
func threadItem(d Draft) *item {
	var body, source strings.Builder
	program := 0
	body.WriteString(`<p class="gh-head">` + html.EscapeString(d.Repository+" · "+d.ID) + `</p>`)
	for n, c := range d.Comments {
		class, label := "g-comment", ""
		if ours(c) {
			program++
			class, label = "g-comment g-ours", ` <span class="s-app">PROGRAM</span>`
		}
		fmt.Fprintf(&body, `<div class="%s"><p class="g-from"><strong>%s</strong>%s <time>%s</time></p><div class="markdown">%s</div></div>`,
			class, html.EscapeString(c.Author), label, c.Created.UTC().Format("Mon 2 Jan, 15:04"), convert(comments, hiddenMarker.ReplaceAllString(c.Body, "")))
		if n > 0 {
			source.WriteString("\n\n")
		}
		fmt.Fprintf(&source, "%s, %s\n\n%s", c.Author, c.Created.UTC().Format("2006-01-02 15:04"), c.Body)
	}
	snippet := count(len(d.Comments), "comment")
	if program > 0 {
		snippet += fmt.Sprintf(", %d by the program", program)
	}
	return &item{
		Kind: "thread", Label: "Comments", At: d.Comments[0].Created, Title: d.ID + " in " + d.Repository,
		Snippet: snippet,
		From:    "Comments on a draft, on GitHub",
		Tabs: []tab{
			{Name: "Thread", Body: template.HTML(body.String())},
			{Name: "Markdown", Pre: source.String()},
		},
	}
}
