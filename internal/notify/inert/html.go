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
				if a.Key == "href" {
					link(a.Val)
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
