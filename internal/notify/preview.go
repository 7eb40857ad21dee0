package notify

import (
	"fmt"
	"strings"
)

// PreviewDigest returns what would be sent, for a dry run, without what is the same in
// each message; see PreviewCommon.
func PreviewDigest(d Digest, to string) string {
	return fmt.Sprintf("To: %s\nSubject: %s\n\n%s\n%s", Clean(to), Subject(d), PreviewOwn(d), render("why", NewLetter(d, Mail)))
}

// PreviewOwn returns how a digest begins: what differs from one to the next.
func PreviewOwn(d Digest) string { return render("own", NewLetter(d, Mail)) }

// PreviewCommon returns what is the same in each message, but for the names and
// numbers in the announcement.
func PreviewCommon(d Digest) string {
	l := NewLetter(d, Mail)
	l.Full, l.More = l.Full[:min(1, len(l.Full))], nil
	return render("common", l)
}

// PreviewReport returns the report of a dry run in short, for a terminal of 80 columns:
// without the addresses of links, with what to do in one sentence, and without what the
// preview says beside it: who gets what, and when it is.
func PreviewReport(r Report) string {
	var b strings.Builder
	laid := NewReport(r)
	b.WriteString(Heading(laid.Title) + "\n")
	for _, l := range laid.Lines {
		b.WriteString(wrap("", l.words()) + "\n")
	}
	for _, g := range laid.Groups {
		var lines []string
		led := false // a section without a title is no part of the one above
		for _, s := range g.Sections {
			if led && s.Title == "" {
				lines = append(lines, "")
			}
			led = s.Title != ""
			if s.Preview != nil {
				s = *s.Preview
			}
			lines = append(lines, inShort(s)...)
		}
		if len(lines) > 0 {
			b.WriteString("\n" + Heading(g.Title) + "\n" + strings.Join(lines, "\n") + "\n")
		}
	}
	return b.String()
}

// Heading is that of a part of a preview, in one line.
func Heading(title string) string { return "== " + title + " ==" }

// inShort are the lines of a section: what to do in a sentence, and the rows.
func inShort(s Section) (lines []string) {
	lead, points := s.Lead().words(), s.Points()
	first, _, more := strings.Cut(s.Intro.words(), ". ")
	switch {
	case len(s.Intro) == 0 && len(points) == 1 && lead != "":
		return []string{wrap("  ", lead+". "+points[0].words())}
	case more && s.Title != "":
		lead = s.Title + ". " + first + "."
	}
	if lead != "" {
		lines = append(lines, wrap("", lead))
	}
	for _, l := range points {
		lines = append(lines, wrap("  ", "- "+l.words()))
	}
	return lines
}
