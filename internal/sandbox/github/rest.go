package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A call is one request with what is known about it. The world is locked for
// as long as it is answered.
type call struct {
	*http.Request
	world *World
	token *Token // nil: nobody's
	base  string // address of this GitHub
	pages string // address of its pages for people
}

// A reply is the answer to a call. It is written after the world has been
// unlocked.
type reply struct {
	status int
	header http.Header
	body   any    // as JSON, where raw is nil
	raw    []byte // as it is
	lost   bool   // what was asked is done, and the connection breaks instead of an answer
}

func (p reply) write(w http.ResponseWriter) {
	if p.lost {
		panic(http.ErrAbortHandler)
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	text := p.raw
	if text == nil {
		var err error
		if text, err = json.Marshal(p.body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(p.status)
	w.Write(text)
}

func found(body any) reply { return reply{status: http.StatusOK, body: body} }

func created(body any) reply { return reply{status: http.StatusCreated, body: body} }

// problem is GitHub's answer to what it refuses.
func problem(status int, message string) reply {
	return reply{status: status, body: map[string]any{
		"message":           message,
		"documentation_url": "https://docs.github.com/rest",
		"status":            strconv.Itoa(status),
	}}
}

var (
	notFound   = problem(http.StatusNotFound, "Not Found")
	unreadable = problem(http.StatusBadRequest, "Problems parsing JSON")
	invalid    = unprocessable("Validation Failed")
)

// read reads the body.
func (c *call) read(into any) bool { return json.NewDecoder(c.Body).Decode(into) == nil }

// unprocessable is GitHub's answer to a body that it understands and refuses.
func unprocessable(message string) reply {
	return problem(http.StatusUnprocessableEntity, message)
}

// notAccessible is GitHub's answer to a token that may see the thing but not
// do that to it.
func (c *call) notAccessible() reply {
	if c.token == nil {
		return problem(http.StatusUnauthorized, "Requires authentication")
	}
	return problem(http.StatusForbidden, c.refusal())
}

func (c *call) refusal() string {
	if c.token.App {
		return "Resource not accessible by integration"
	}
	return "Resource not accessible by personal access token"
}

// permission sets the header that names what an endpoint wants of an app or a
// fine-grained token.
func (p reply) permission(c *call, name string) reply {
	if c.token == nil || c.token.Scopes != nil {
		return p
	}
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set("X-Accepted-GitHub-Permissions", name)
	return p
}

func (g *Server) routes() {
	g.route("GET /orgs/{org}/security-advisories", organizationAdvisories)
	g.repositoryRoute("GET", "", getRepository)
	g.repositoryRoute("GET", "/security-advisories", repositoryAdvisories)
	g.advisoryRoute("GET", "", oneAdvisory)
	g.advisoryRoute("PATCH", "", updateAdvisory)
	g.advisoryRoute("GET", "/comments", listComments)
	g.advisoryRoute("POST", "/comments", createComment)
	g.repositoryRoute("GET", "/issues", listIssues)
	g.repositoryRoute("POST", "/issues", createIssue)
	g.issueRoute("GET", "", getIssue)
	g.issueRoute("PATCH", "", updateIssue)
	g.issueRoute("GET", "/comments", listIssueComments)
	g.issueRoute("POST", "/comments", createIssueComment)
	g.repositoryRoute("GET", "/contents/{path...}", getContents)
	g.repositoryRoute("GET", "/branches/{branch...}", getBranch)
	g.repositoryRoute("GET", "/rules/branches/{branch...}", getBranchRules)
	g.gitRoute("GET", "/ref/{ref...}", getRef)
	g.gitRoute("POST", "/refs", createRef)
	g.gitRoute("POST", "/blobs", createBlob)
	g.gitRoute("GET", "/blobs/{sha}", getBlob)
	g.gitRoute("POST", "/trees", createTree)
	g.gitRoute("GET", "/trees/{sha}", getTree)
	g.gitRoute("POST", "/commits", createCommit)
	g.gitRoute("GET", "/commits/{sha}", getCommit) // so that git can be given the ledger's branch
	g.route("GET /user", getUser)
	g.route("GET /user/{id}", getAccount)
	g.route("GET /users/{login}", getAccountByLogin)
	g.route("GET /user/memberships/orgs/{org}", getMembership)
	g.route("GET /installation/repositories", installationRepositories)
	g.route("GET /rate_limit", g.getRateLimit)
	g.route("POST /graphql", g.graphQL)
}

func (g *Server) route(pattern string, answer func(*call) reply) {
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		g.locked(r, answer).write(w)
	})
}

func (g *Server) locked(r *http.Request, answer func(*call) reply) reply {
	g.world.Lock()
	defer g.world.Unlock()
	token, _ := g.token(r)
	prefix, _ := r.Context().Value(enterpriseKey{}).(string)
	return answer(&call{Request: r, world: g.world, token: token, base: g.base + prefix, pages: g.pages})
}

// repositoryRoute serves what is below /repos/{owner}/{repo}. A repository
// that the token can't see isn't found, and one that is asked for by a former
// name is redirected to by its number, both as on GitHub.
func (g *Server) repositoryRoute(method, tail string, answer func(*call, *Repository) reply) {
	g.route(method+" /repos/{owner}/{repo}"+tail, func(c *call) reply {
		asked := c.PathValue("owner") + "/" + c.PathValue("repo")
		r := c.world.Repository(asked)
		switch {
		case r == nil || !c.token.sees(r):
			return notFound
		case !strings.EqualFold(r.FullName(), asked):
			return c.moved(r, strings.TrimPrefix(c.URL.Path, "/repos/"+asked))
		}
		return answer(c, r)
	})
}

func (c *call) moved(r *Repository, tail string) reply {
	target := fmt.Sprintf("%s/repositories/%d%s", c.base, r.id(), tail)
	if c.URL.RawQuery != "" {
		target += "?" + c.URL.RawQuery
	}
	status, text := http.StatusMovedPermanently, "Moved Permanently"
	if c.Method != http.MethodGet {
		status, text = http.StatusTemporaryRedirect, "Temporary Redirect"
	}
	return reply{
		status: status,
		header: http.Header{"Location": {target}},
		body: map[string]any{
			"message": text, "url": target,
			"documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
		},
	}
}

// byNumber turns /repositories/NUMBER and /organizations/NUMBER, which
// redirects and links to further pages lead to, into the path by name.
func (g *Server) byNumber(r *http.Request) {
	for _, kind := range []string{"/repositories/", "/organizations/"} {
		rest, ok := strings.CutPrefix(r.URL.Path, kind)
		if !ok {
			continue
		}
		id, tail, _ := strings.Cut(rest, "/")
		if tail != "" {
			tail = "/" + tail
		}
		g.world.Lock()
		defer g.world.Unlock()
		for _, repo := range g.world.Repositories {
			if kind == "/repositories/" && strconv.Itoa(repo.id()) == id {
				r.URL.Path = "/repos/" + repo.FullName() + tail
			}
		}
		for _, org := range g.world.Organizations {
			if kind == "/organizations/" && strconv.Itoa(number("account", org.Login)) == id {
				r.URL.Path = "/orgs/" + org.Login + tail
			}
		}
		return
	}
}
