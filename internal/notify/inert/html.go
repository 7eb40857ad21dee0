package inert

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Pages are the structure of a mail's HTML, learned from harmless mails.
type Pages struct {
	elements map[string]bool // a path of elements with the last one's attributes
	links    Addresses
	raw      map[string]bool // the text of style elements
}

// Leading returns pages of the same structure whose links may lead elsewhere.
func (p *Pages) Leading(links Addresses) *Pages {
	other := *p
	other.links = links
	return &other
}

// NewPages learns the structure of pages. Links may lead to the addresses
// given.
func NewPages(links Addresses, harmless ...string) *Pages {
	p := &Pages{elements: make(map[string]bool), raw: make(map[string]bool), links: links}
	for _, s := range harmless {
		p.walk(s, func(key string) { p.elements[key] = true }, func(text string) { p.raw[text] = true }, func(string) {}, func(string) {})
	}
	return p
}

// Check returns the elements, attributes, comments, styles and links of a page
// that no harmless one has.
func (p *Pages) Check(page string) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	p.walk(page,
		func(key string) {
			if !p.elements[key] {
				say("there is a new element %.200s", key)
			}
		},
		func(text string) {
			if !p.raw[text] {
				say("there is another style %.80q", text)
			}
		},
		func(address string) {
			if !p.links.Allow(address) {
				say("there is a link to %.80q", address)
			}
		},
		func(what string) { say("%s", what) })
	return append(problems, Text(page)...)
}

// walk parses a page as a browser does, and tells what it meets.
func (p *Pages) walk(page string, element, raw, link, strange func(string)) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		strange("the page can't be parsed: " + err.Error())
		return
	}
	headings := make(map[string]bool)
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "title" || n.Data == "h1" || n.Data == "h2") {
			headings[content(n)] = true
		}
	}
	var visit func(path string, n *html.Node)
	visit = func(path string, n *html.Node) {
		switch n.Type {
		case html.CommentNode:
			strange(fmt.Sprintf("there is a comment %.80q", n.Data))
		case html.TextNode:
			if strings.HasSuffix(path, ">style") || strings.HasSuffix(path, ">script") {
				raw(n.Data)
			}
			for i, r := range n.Data {
				if r != '\n' && invisible(r) {
					strange(fmt.Sprintf("%U shows at %q", r, around(n.Data, i)))
				}
			}
		case html.ElementNode:
			path += ">" + n.Data
			var attributes []string
			for _, a := range n.Attr {
				switch a.Key {
				case "href":
					link(a.Val)
					if to, ok := strings.CutPrefix(a.Val, "mailto:"); ok && !shows(to, content(n)) {
						strange(fmt.Sprintf("a link to %q shows %.80q", to, content(n)))
					}
					a.Val = ""
				case "aria-label": // is read out: it must be what others see
					if !headings[a.Val] {
						strange(fmt.Sprintf("a label that no heading has: %.80q", a.Val))
					}
					a.Val = ""
				}
				attributes = append(attributes, a.Key+"="+a.Val)
			}
			slices.Sort(attributes)
			element(path + " " + strings.Join(attributes, " "))
		}
		for c := range n.ChildNodes() {
			visit(path, c)
		}
	}
	visit("", root)
}

// content is the text in an element.
func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
