package github

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// advisoryRoute serves what is below an advisory that the token may read.
func (g *Server) advisoryRoute(method, tail string, answer func(*call, *Repository, *Advisory) reply) {
	g.repositoryRoute(method, "/security-advisories/{ghsa}"+tail, func(c *call, r *Repository) reply {
		a := c.world.Advisory(c.PathValue("ghsa"))
		if a == nil || c.world.Repository(a.Repository) != r || !c.token.reads(c.world, a, r) {
			return notFound
		}
		return answer(c, r, a).permission(c, advisoryPermission)
	})
}

// listComments lists the comments of an advisory, those of a published one never.
func listComments(c *call, _ *Repository, a *Advisory) reply {
	var list []*Comment
	shown := c.world.Now().Add(-c.world.Discussions.Late)
	for _, o := range a.Comments {
		if !o.Confidential && !o.Created.After(shown) && a.State != "published" {
			list = append(list, o)
		}
	}
	return c.commentPage(list, func(o *Comment) map[string]any { return c.advisoryComment(a, o) })
}

// createComment adds a comment to an advisory that is not public.
func createComment(c *call, r *Repository, a *Advisory) reply {
	text, wrong := c.body()
	switch d := &c.world.Discussions; {
	case a.State == "published":
		return notFound
	case !c.token.writesAdvisory(c.world, a, r):
		return c.notAccessible()
	case d.Refuse != 0:
		return problem(d.Refuse, http.StatusText(d.Refuse))
	case wrong != nil:
		return *wrong
	default:
		o := c.world.addComment(a, c.bearer(), text)
		answer := created(c.advisoryComment(a, o))
		if d.Lose > 0 {
			d.Lose--
			answer.lost = true
		}
		return answer
	}
}

// body returns the text of a comment that a request holds, or why it holds none.
func (c *call) body() (string, *reply) {
	var asked struct{ Body *string }
	if !c.read(&asked) {
		return "", &unreadable
	}
	if asked.Body == nil || strings.TrimSpace(*asked.Body) == "" || len(*asked.Body) > 65535 {
		return "", &invalid
	}
	return *asked.Body, nil
}

// bearer is whose comments and issues a token makes.
func (c *call) bearer() string { return cmp.Or(c.token.Login, c.token.Bot, "github-actions[bot]") }

// commentPage answers with a page of comments, those that were changed at since
// or later.
func (c *call) commentPage(list []*Comment, shape func(*Comment) map[string]any) reply {
	if text := c.URL.Query().Get("since"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return unprocessable("Invalid value for since")
		}
		list = slices.DeleteFunc(list, func(o *Comment) bool { return o.Updated.Before(since) })
	}
	return pageOf(c, list, shape)
}

// pageOf answers with the page of a list that the query asks for.
func pageOf[T any](c *call, list []T, shape func(T) map[string]any) reply {
	from, to, header := c.page(len(list))
	body := []any{}
	for _, o := range list[from:to] {
		body = append(body, shape(o))
	}
	return reply{status: http.StatusOK, header: header, body: body}
}

// page returns which of n things are on the page, by its number, that the query asks
// for, and the link to the next one.
func (c *call) page(n int) (from, to int, header http.Header) {
	q, size, number := c.URL.Query(), c.perPage(), 1
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		number = n
	}
	if number*size < n {
		q.Set("page", fmt.Sprint(number+1))
		header = http.Header{"Link": {fmt.Sprintf("<%s%s?%s>; rel=%q", c.base, c.URL.Path, q.Encode(), "next")}}
	}
	return min((number-1)*size, n), min(number*size, n), header
}

// perPage is how many things the query asks for.
func (c *call) perPage() int {
	n, err := strconv.Atoi(c.URL.Query().Get("per_page"))
	if err != nil || n <= 0 {
		return 30
	}
	return min(n, 100)
}

// advisoryComment is a comment of an advisory as far as its form is known.
func (c *call) advisoryComment(a *Advisory, o *Comment) map[string]any {
	m := map[string]any{
		"id": o.ID, "body": o.Body, "created_at": stamp(o.Created), "updated_at": stamp(o.Updated),
		"html_url": fmt.Sprintf("%s/%s/security/advisories/%s#advisory-comment-%d", c.pages, a.Repository, a.ID, o.ID),
	}
	if key := cmp.Or(c.world.Discussions.AuthorKey, "user"); key != "-" {
		m[key] = c.account(o.Author)
	}
	return m
}
