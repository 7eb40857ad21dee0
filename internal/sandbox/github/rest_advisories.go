package github

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// organizationAdvisories lists the advisories of all repositories of an
// organization. To a token without the right the list is empty, and no error.
func organizationAdvisories(c *call) reply {
	if c.token == nil {
		return c.notAccessible()
	}
	org := c.world.Organization(c.PathValue("org"))
	if org == nil {
		return notFound
	}
	var list []*Advisory
	repositories := make(map[string]*Repository) // each is looked for once
	for _, a := range c.world.Advisories {
		owner, _, _ := strings.Cut(a.Repository, "/")
		r, ok := repositories[a.Repository]
		if !ok {
			r = c.world.Repository(a.Repository)
			repositories[a.Repository] = r
		}
		if c.token.Drafts && r != nil && strings.EqualFold(owner, org.Login) && c.token.over(owner) &&
			(c.token.Repositories == nil || containsFold(c.token.Repositories, a.Repository) || c.token.covers(r)) &&
			(c.token.Listed == nil || containsFold(c.token.Listed, r.FullName())) {
			list = append(list, a)
		}
	}
	return c.advisoryPage(list, fmt.Sprintf("/organizations/%d/security-advisories", number("account", org.Login)))
}

func repositoryAdvisories(c *call, r *Repository) reply {
	var list []*Advisory
	for _, a := range c.world.Advisories {
		if c.world.Repository(a.Repository) == r && c.token.reads(c.world, a, r) {
			list = append(list, a)
		}
	}
	return c.advisoryPage(list, fmt.Sprintf("/repositories/%d/security-advisories", r.id()))
}

func oneAdvisory(c *call, _ *Repository, a *Advisory) reply { return found(c.advisory(a)) }

const advisoryPermission = "repository_advisories=read; repository_advisories=write"

// advisoryPage answers with the page of the list that the query asks for. path
// is that of the list by number, for links to other pages.
func (c *call) advisoryPage(list []*Advisory, path string) reply {
	q := c.URL.Query()
	key, ok := advisoryTimes[cmp.Or(q.Get("sort"), "created")]
	if !ok {
		return unprocessable("Invalid value for sort")
	}
	state := q.Get("state")
	if !slices.Contains([]string{"", "triage", "draft", "published", "closed"}, state) {
		return unprocessable("Invalid value for state")
	}
	size := c.perPage()
	list = slices.DeleteFunc(list, func(a *Advisory) bool { return state != "" && a.State != state })

	sign := -1 // the newest first
	if q.Get("direction") == "asc" {
		sign = 1
	}
	order := func(a, b place) int { return sign * cmp.Or(a.at.Compare(b.at), strings.Compare(a.id, b.id)) }
	slices.SortFunc(list, func(a, b *Advisory) int { return order(key(a), key(b)) })

	from, to, wrong := window(len(list), size, q, func(i int, p place) int { return order(key(list[i]), p) })
	if wrong != "" {
		return problem(http.StatusBadRequest, wrong)
	}
	page := []any{}
	for _, a := range list[from:to] {
		page = append(page, c.advisory(a))
	}
	var links []string
	if to < len(list) && to > from {
		links = append(links, c.pageLink(path, "next", "after", key(list[to-1])))
	}
	if from > 0 && to > from {
		links = append(links, c.pageLink(path, "prev", "before", key(list[from])))
	}
	p := found(page)
	if len(links) > 0 {
		p.header = http.Header{"Link": {strings.Join(links, ", ")}}
	}
	return p.permission(c, advisoryPermission)
}

// pageLink returns a link to another page of the list that was asked for.
func (c *call) pageLink(path, rel, name string, p place) string {
	q := url.Values{}
	for k := range c.URL.Query() {
		if k != "after" && k != "before" {
			q.Set(k, c.URL.Query().Get(k))
		}
	}
	q.Set(name, p.cursor())
	return fmt.Sprintf("<%s%s?%s>; rel=%q", c.base, path, q.Encode(), rel)
}

// window returns which of n advisories are on the page that a query asks for, or what
// is wrong with its cursor. order compares the i-th with a place.
func window(n, size int, q url.Values, order func(i int, p place) int) (from, to int, wrong string) {
	switch after, before := q.Get("after"), q.Get("before"); {
	case after != "":
		p, err := readCursor(after)
		if err != nil {
			return 0, 0, "Invalid `after` cursor"
		}
		for from < n && order(from, p) <= 0 {
			from++
		}
	case before != "":
		p, err := readCursor(before)
		if err != nil {
			return 0, 0, "Invalid `before` cursor"
		}
		for to < n && order(to, p) < 0 {
			to++
		}
		return max(to-size, 0), to, ""
	}
	return from, min(from+size, n), ""
}

// A place is where an advisory stands in a sorted list. It stays right when
// others come and go between two pages.
type place struct {
	at time.Time
	id string
}

var advisoryTimes = map[string]func(*Advisory) place{
	"created":   func(a *Advisory) place { return place{a.Created, a.ID} },
	"updated":   func(a *Advisory) place { return place{a.Updated, a.ID} },
	"published": func(a *Advisory) place { return place{a.Published, a.ID} },
}

func (p place) cursor() string {
	return base64.StdEncoding.EncodeToString([]byte("cursor:v2:" + p.at.Format(time.RFC3339Nano) + "," + p.id))
}

func readCursor(s string) (place, error) {
	text, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return place{}, err
	}
	at, id, _ := strings.Cut(strings.TrimPrefix(string(text), "cursor:v2:"), ",")
	t, err := time.Parse(time.RFC3339Nano, at)
	return place{t, id}, err
}
