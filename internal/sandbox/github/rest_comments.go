package github

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

// commentRoute serves a comment of an advisory. Nobody sees a confidential one
// here.
func (g *Server) commentRoute(method string, answer func(*call, *Repository, *Advisory, *Comment) reply) {
	g.advisoryRoute(method, "/comments/{comment}", func(c *call, r *Repository, a *Advisory) reply {
		i := slices.IndexFunc(a.Comments, func(o *Comment) bool { return fmt.Sprint(o.ID) == c.PathValue("comment") })
		if i < 0 || a.Comments[i].Confidential {
			return notFound
		}
		return answer(c, r, a, a.Comments[i])
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

func getComment(c *call, _ *Repository, a *Advisory, o *Comment) reply {
	return found(c.advisoryComment(a, o))
}

// createComment adds a comment to an advisory that is not public.
func createComment(c *call, r *Repository, a *Advisory) reply {
	text, problem := c.body()
	switch d := &c.world.Discussions; {
	case a.State == "published":
		return notFound
	case !c.token.writesAdvisory(c.world, a, r):
		return c.notAccessible()
	case d.Refuse != 0:
		return refused(d.Refuse)
	case problem != nil:
		return *problem
	default:
		o := c.world.addComment(a, c.bearer(), text)
		answer := reply{status: http.StatusCreated, body: c.advisoryComment(a, o)}
		if d.Lose > 0 {
			d.Lose--
			answer.lost = true
		}
		return answer
	}
}

// updateComment changes a comment, which everybody may who may comment on the
// advisory, whosever it is.
func updateComment(c *call, r *Repository, a *Advisory, o *Comment) reply {
	text, problem := c.body()
	switch {
	case a.State == "published":
		return notFound
	case !c.token.writesAdvisory(c.world, a, r):
		return c.notAccessible()
	case problem != nil:
		return *problem
	}
	o.Body, o.Updated = text, c.world.Now().UTC().Truncate(time.Second)
	return found(c.advisoryComment(a, o))
}

// refused is an answer by which GitHub may refuse a comment.
func refused(status int) reply { return problem(status, http.StatusText(status)) }

// body returns the text of a comment that a request holds, or why it holds none.
func (c *call) body() (string, *reply) {
	var asked struct{ Body *string }
	if err := json.NewDecoder(c.Body).Decode(&asked); err != nil {
		p := problem(http.StatusBadRequest, "Problems parsing JSON")
		return "", &p
	}
	if asked.Body == nil || strings.TrimSpace(*asked.Body) == "" || len(*asked.Body) > 65535 {
		p := unprocessable("Validation Failed")
		return "", &p
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
	q := c.URL.Query()
	size, page := 30, 1
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		page = n
	}
	body := []any{}
	for _, o := range list[min((page-1)*size, len(list)):min(page*size, len(list))] {
		body = append(body, shape(o))
	}
	p := found(body)
	if page*size < len(list) {
		next := url.Values{}
		for k := range q {
			next.Set(k, q.Get(k))
		}
		next.Set("page", fmt.Sprint(page+1))
		p.header = http.Header{"Link": {fmt.Sprintf("<%s%s?%s>; rel=%q", c.base, c.URL.Path, next.Encode(), "next")}}
	}
	return p
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
