package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// GitHub serves a world over HTTP on loopback: the REST API, GraphQL at
// /graphql, and both below /api too, where GitHub Enterprise Server has them.
type Server struct {
	// Fault, where it is set, is asked first at every request. It returns nil
	// to have the request answered normally, or what is to answer instead.
	// It is set and called with the world locked, so it must not lock it; the
	// handler that it returns runs without the lock.
	Fault func(r *http.Request) http.Handler

	world    *World
	base     string // http://127.0.0.1:PORT
	pages    string // where the pages for people are
	server   *http.Server
	mux      *http.ServeMux
	requests []Request // guarded by the world's lock
	served   tally
}

// A Request is one that was made.
type Request struct {
	Method  string
	Path    string // with the query string; a token is never in it
	GraphQL bool
	Query   string // of GraphQL: the query's text
}

// Start serves w on a free port of 127.0.0.1 until Close.
func Start(w *World) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for GitHub's requests: %w", err)
	}
	g := &Server{world: w, base: "http://" + l.Addr().String(), pages: "http://" + l.Addr().String(), mux: http.NewServeMux()}
	g.routes()
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	go g.server.Serve(l) // ends with http.ErrServerClosed
	return g, nil
}

// APIURL returns the address of the REST API, without a slash at the end, as
// GITHUB_API_URL has it.
func (g *Server) APIURL() string { return g.base }

// GraphQLURL returns what GITHUB_GRAPHQL_URL would be.
func (g *Server) GraphQLURL() string { return g.base + "/graphql" }

// ServerURL returns what GITHUB_SERVER_URL would be: pages for people are
// below it. They are not served.
func (g *Server) ServerURL() string { return g.pages }

// ShowPagesAt lets all addresses of pages for people begin with another
// address, such as https://github.example.org. Call it before the first
// request.
func (g *Server) ShowPagesAt(address string) { g.pages = address }

// Close stops serving and cuts what is under way.
func (g *Server) Close() error { return g.server.Close() }

// Requests returns what was asked since the start or ResetRequests, in order,
// requests that a fault answered included.
func (g *Server) Requests() []Request {
	g.world.Lock()
	defer g.world.Unlock()
	return append([]Request(nil), g.requests...)
}

// ResetRequests forgets what was asked.
func (g *Server) ResetRequests() {
	g.world.Lock()
	defer g.world.Unlock()
	g.requests = nil
}

// ServeHTTP answers one request, or has the fault answer it.
func (g *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 100<<20))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}
		return
	}
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }

	g.world.Lock()
	g.requests = append(g.requests, newRequest(r, body))
	var broken http.Handler
	if g.Fault != nil {
		rewind()
		broken = g.Fault(r)
	}
	g.world.Unlock()

	rewind()
	w.Header().Set("Date", g.world.Now().UTC().Format(http.TimeFormat))
	if broken != nil {
		broken.ServeHTTP(w, r)
		return
	}
	g.Healthy().ServeHTTP(w, r)
}

func newRequest(r *http.Request, body []byte) Request {
	asked := Request{Method: r.Method, Path: r.URL.RequestURI()}
	if p := strings.TrimPrefix(r.URL.Path, "/api"); p == "/graphql" {
		asked.GraphQL = true
		asked.Query = readGraphQL(body).Query
	}
	return asked
}

// Healthy answers as if no fault were set. A fault uses it to do what was
// asked and then lose the answer.
func (g *Server) Healthy() http.Handler { return http.HandlerFunc(g.answer) }

func (g *Server) answer(w http.ResponseWriter, r *http.Request) {
	r.URL.RawPath = ""
	if p, ok := strings.CutPrefix(r.URL.Path, "/api/v3"); ok {
		r = r.WithContext(context.WithValue(r.Context(), enterpriseKey{}, "/api/v3"))
		r.URL.Path = p
	}
	if p := strings.TrimPrefix(r.URL.Path, "/api"); p == "/graphql" {
		r.URL.Path = p
	}
	g.byNumber(r)
	g.rateLimit(w.Header(), r)

	g.world.Lock()
	token, known := g.token(r)
	g.world.Unlock()
	if !known {
		problem(http.StatusUnauthorized, "Bad credentials").write(w)
		return
	}
	if token != nil && token.Scopes != nil {
		w.Header().Set("X-OAuth-Scopes", strings.Join(token.Scopes, ", "))
	}
	if _, pattern := g.mux.Handler(r); pattern == "" {
		problem(http.StatusNotFound, "Not Found").write(w)
		return
	}
	g.mux.ServeHTTP(w, r)
}

// enterpriseKey marks a request that came the way of GitHub Enterprise Server,
// so that the addresses in its answer lead there too.
type enterpriseKey struct{}

// token returns whose request it is: nil for nobody's. It reports false for a
// token that isn't one.
func (g *Server) token(r *http.Request) (*Token, bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, true
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") {
		return nil, false
	}
	t, ok := g.world.Tokens[strings.TrimSpace(secret)]
	return t, ok && t != nil
}

const hourlyLimit = 5000

// rateLimit sets the headers that every answer bears. The limit is counted but
// never enforced: tests that need that have a fault.
func (g *Server) rateLimit(h http.Header, r *http.Request) {
	reset := g.world.Now().Truncate(time.Hour).Add(time.Hour)
	used := g.served.add(reset)
	resource := "core"
	if r.URL.Path == "/graphql" {
		resource = "graphql"
	}
	h.Set("X-RateLimit-Limit", fmt.Sprint(hourlyLimit))
	h.Set("X-RateLimit-Remaining", fmt.Sprint(remaining(used)))
	h.Set("X-RateLimit-Used", fmt.Sprint(hourlyLimit-remaining(used)))
	h.Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
	h.Set("X-RateLimit-Resource", resource)
	h.Set("X-GitHub-Request-Id", fmt.Sprintf("5A0D:%06X:%08X", used, number("request", fmt.Sprint(used))))
	h.Set("X-GitHub-Media-Type", "github.v3; format=json")
}

// A tally counts the requests of an hour.
type tally struct {
	mu  sync.Mutex
	end time.Time // of the hour
	n   int64
}

// add counts a request in the hour with that end.
func (t *tally) add(end time.Time) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !end.Equal(t.end) {
		t.end, t.n = end, 0
	}
	t.n++
	return t.n
}

// load returns how many there have been in the last request's hour.
func (t *tally) load() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

func remaining(used int64) int64 { return max(hourlyLimit-used, 1) }
