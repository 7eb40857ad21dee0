package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// slackAnswer is the body of an answer of the Web API.
type slackAnswer map[string]any

// slackError is an answer that says what is wrong, as Slack words it.
func slackError(code string) slackAnswer { return slackAnswer{"ok": false, "error": code} }

// slackCall is one call of the Web API: its arguments, and what the token may
// do.
type slackCall struct {
	args   url.Values
	scopes []string
}

// slackMethod serves one method. The server's lock is held.
type slackMethod struct {
	scope string // needed; empty: any token will do
	serve func(s *Server, c slackCall) slackAnswer
}

var slackMethods = map[string]slackMethod{
	"auth.test":           {"", (*Server).authTest},
	"chat.postMessage":    {"chat:write", (*Server).postMessage},
	"conversations.info":  {"", (*Server).conversationInfo},
	"conversations.list":  {"", (*Server).conversationList},
	"users.info":          {"users:read", (*Server).userInfo},
	"users.lookupByEmail": {"users:read.email", (*Server).userByEmail},
}

// ServeHTTP serves the Web API below /api/, webhooks below /services/ and
// workflows below /triggers/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	method := slackMethodName(r.URL.Path)
	s.mu.Lock()
	s.calls[method]++
	fault := s.fault
	s.mu.Unlock()

	var instead http.Handler
	if fault != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		instead = fault(method, r)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if instead == nil {
		instead = http.HandlerFunc(s.serve)
	}
	instead.ServeHTTP(w, r)
}

func slackMethodName(path string) string {
	switch {
	case strings.HasPrefix(path, "/services/"):
		return "webhook"
	case strings.HasPrefix(path, "/triggers/"):
		return "workflow"
	}
	return strings.TrimPrefix(path, "/api/")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name := slackMethodName(r.URL.Path); name {
	case "webhook":
		s.serveWebhook(w, r, body)
	case "workflow":
		s.serveWorkflow(w, r, body)
	default:
		answer, scopes := s.serveMethod(name, r, body)
		w.Header().Set("X-Oauth-Scopes", strings.Join(scopes, ","))
		writeSlack(w, answer)
	}
}

// serveMethod returns the answer to a call of the Web API, and the scopes of
// its token.
func (s *Server) serveMethod(name string, r *http.Request, body []byte) (slackAnswer, []string) {
	method, ok := slackMethods[name]
	if !ok {
		return slackError("unknown_method"), nil
	}
	args, problem := slackArguments(r, body)
	if problem != "" {
		return slackError(problem), nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = args.Get("token")
	}
	if token == "" {
		return slackError("not_authed"), nil
	}
	scopes, ok := s.tokens[token]
	if !ok {
		return slackError("invalid_auth"), nil
	}
	call := slackCall{args, scopes}
	if method.scope != "" && !call.may(method.scope) {
		return call.missing(method.scope), scopes
	}
	return method.serve(s, call), scopes
}

// slackArguments reads the arguments of a call from a form; or returns Slack's error.
func slackArguments(r *http.Request, body []byte) (url.Values, string) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" && kind != "" {
		return nil, "invalid_post_type"
	}
	args, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, "invalid_form_data"
	}
	return args, ""
}

// may reports whether the call's token has a scope.
func (c slackCall) may(scope string) bool { return slices.Contains(c.scopes, scope) }

// missing is the answer to a call whose token lacks a scope.
func (c slackCall) missing(scope string) slackAnswer {
	a := slackError("missing_scope")
	a["needed"] = scope
	a["provided"] = strings.Join(c.scopes, ",")
	return a
}

// writeSlack writes an answer. Slack says "OK" to all but rate limits, and puts
// what is wrong into the body.
func writeSlack(w http.ResponseWriter, a slackAnswer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	status := http.StatusOK
	if a["error"] == "ratelimited" {
		w.Header().Set("Retry-After", "1")
		status = http.StatusTooManyRequests
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(a) // a client that went away is no concern
}
