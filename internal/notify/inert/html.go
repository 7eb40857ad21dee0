package inert

import (
	"maps"
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
		r := readPage(s)
		maps.Copy(p.elements, r.elements)
		maps.Copy(p.raw, r.raw)
	}
	return p
}

// Check returns the elements, attributes, comments, styles and links of a page
// that no harmless one has.
func (p *Pages) Check(page string) []string {
	r := readPage(page)
	for key := range r.elements {
		if !p.elements[key] {
			r.say("there is a new element %.200s", key)
		}
	}
	for text := range r.raw {
		if !p.raw[text] {
			r.say("there is another style %.80q", text)
		}
	}
	for _, address := range r.links {
		if !p.links.Allow(address) {
			r.say("there is a link to %.80q", address)
		}
	}
	return append(r.problems, Text(page)...)
}

// A pageReader gathers what a page holds.
type pageReader struct {
	problems                                // what no page may have
	elements, raw, headings map[string]bool // the first two as in Pages
	links                   []string
}

// readPage parses a page as a browser does.
func readPage(page string) *pageReader {
	r := &pageReader{elements: make(map[string]bool), raw: make(map[string]bool), headings: make(map[string]bool)}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		r.say("the page can't be parsed: %v", err)
		return r
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "title" || n.Data == "h1" || n.Data == "h2") {
			r.headings[content(n)] = true
		}
	}
	r.read("", root)
	return r
}

// read reads a node, which stands in a path of elements, and those in it.
func (r *pageReader) read(path string, n *html.Node) {
	switch n.Type {
	case html.CommentNode:
		r.say("there is a comment %.80q", n.Data)
	case html.TextNode:
		if strings.HasSuffix(path, ">style") || strings.HasSuffix(path, ">script") {
			r.raw[n.Data] = true
		}
		for i, c := range n.Data {
			if c != '\n' && invisible(c) {
				r.say("%U shows at %q", c, around(n.Data, i))
			}
		}
	case html.ElementNode:
		path += ">" + n.Data
		r.elements[path+" "+r.attributes(n)] = true
	}
	for c := range n.ChildNodes() {
		r.read(path, c)
	}
}

// attributes returns those of an element, without the values that differ from page to
// page.
func (r *pageReader) attributes(n *html.Node) string {
	var list []string
	for _, a := range n.Attr {
		switch a.Key {
		case "href":
			r.links = append(r.links, a.Val)
			if to, ok := strings.CutPrefix(a.Val, "mailto:"); ok && !shows(to, content(n)) {
				r.say("a link to %q shows %.80q", to, content(n))
			}
			a.Val = ""
		case "aria-label": // is read out: it must be what others see
			if !r.headings[a.Val] {
				r.say("a label that no heading has: %.80q", a.Val)
			}
			a.Val = ""
		}
		list = append(list, a.Key+"="+a.Val)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
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
