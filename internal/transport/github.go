package transport

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
	"golang.org/x/oauth2"
)

// Authorized returns a client that is like the given one and sends token with
// every request. To an address that is not Secure it sends nothing.
func Authorized(client *http.Client, token string) *http.Client {
	return &http.Client{
		Transport: secured(&oauth2.Transport{
			Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}),
			Base:   client.Transport,
		}),
		CheckRedirect: client.CheckRedirect,
	}
}

// secured keeps requests from going where no secret may.
func secured(base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if !Secure(req.URL.String()) {
			if req.Body != nil {
				req.Body.Close()
			}
			return nil, errors.New("the address is not one of https, so no token is sent there")
		}
		return base.RoundTrip(req)
	})
}

// Secure reports whether an address is one that secrets may be sent to: https, or
// loopback.
func Secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && LoopbackHost(u.Hostname()))
}

// Loopback reports whether an address is one of this machine.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && LoopbackHost(u.Hostname())
}

// LoopbackHost reports whether a host is this machine.
func LoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// GitHub returns a client of the REST API at apiURL, such as
// https://api.github.com or https://HOST/api/v3.
func GitHub(client *http.Client, apiURL string) (*github.Client, error) {
	base, err := url.Parse(strings.TrimSuffix(apiURL, "/") + "/")
	if err != nil || base.Host == "" {
		return nil, errors.New("the address of GitHub's REST API is not an address")
	}
	c := github.NewClient(Observe(client, keepLimits))
	c.BaseURL = base
	return c, nil
}

// kept is what a header that is kept from go-github is called instead.
const kept = "Kept-"

// keepLimits keeps what GitHub says of its limits from go-github, which would refuse
// the next requests by itself: the client beneath waits for them, as long as each
// request has time.
func keepLimits(resp *http.Response) {
	for _, name := range []string{"X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After"} {
		if value := resp.Header.Get(name); value != "" {
			resp.Header.Del(name)
			resp.Header.Set(kept+name, value)
		}
	}
}

// A StatusError is an answer of GitHub's REST API that is no success.
type StatusError struct {
	Status  int    // 429 for every rate limit: one that was told by 403 is no refusal
	Message string // GitHub's own; may name a repository
	Wanted  string // the permission that the endpoint asks of an app or a fine-grained token, or empty

	told int // the status of the answer where that is another
}

// Error returns the status and GitHub's message.
func (e *StatusError) Error() string {
	told := cmp.Or(e.told, e.Status)
	if e.Message == "" {
		return fmt.Sprintf("GitHub answered %d", told)
	}
	return fmt.Sprintf("GitHub answered %d (%s)", told, e.Message)
}

// CleanGitHub turns an error of go-github, which quotes addresses, into one
// that does not: a *StatusError where GitHub answered.
func CleanGitHub(err error) error {
	var status *github.ErrorResponse
	var secondary *github.AbuseRateLimitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &secondary):
		return &StatusError{Status: http.StatusTooManyRequests, told: http.StatusForbidden, Message: "a secondary rate limit"}
	case errors.As(err, &status) && status.Response != nil:
		return newStatusError(status)
	}
	return Clean(err)
}

func newStatusError(e *github.ErrorResponse) *StatusError {
	answered, header := e.Response.StatusCode, e.Response.Header
	limit := &StatusError{Status: http.StatusTooManyRequests, told: answered}
	switch known := answered == http.StatusForbidden || answered == http.StatusTooManyRequests; {
	case known && header.Get(kept+"X-Ratelimit-Remaining") == "0":
		limit.Message = "the rate limit is used up"
		if s, err := strconv.ParseInt(header.Get(kept+"X-Ratelimit-Reset"), 10, 64); err == nil {
			limit.Message += "; it is reset at " + time.Unix(s, 0).UTC().Format("15:04 MST")
		}
		return limit
	case known && (header.Get(kept+"Retry-After") != "" || saysLimit([]byte(e.Message))):
		limit.Message = "a secondary rate limit"
		return limit
	}
	return &StatusError{Status: answered, Message: e.Message, Wanted: header.Get("X-Accepted-GitHub-Permissions")}
}

// Status returns the HTTP status of an answer that err is about, or 0.
func Status(err error) int {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Status
	}
	return 0
}
