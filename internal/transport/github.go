package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v60/github"
	"golang.org/x/oauth2"
)

// Authorized returns a client that is like the given one and sends token with
// every request.
func Authorized(client *http.Client, token string) *http.Client {
	return &http.Client{
		Transport: &oauth2.Transport{
			Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}),
			Base:   client.Transport,
		},
		CheckRedirect: client.CheckRedirect,
	}
}

// GitHub returns a client of the REST API at apiURL, such as
// https://api.github.com or https://HOST/api/v3.
func GitHub(client *http.Client, apiURL string) (*github.Client, error) {
	base, err := url.Parse(strings.TrimSuffix(apiURL, "/") + "/")
	if err != nil || base.Host == "" {
		return nil, errors.New("the address of GitHub's REST API is not an address")
	}
	c := github.NewClient(client)
	c.BaseURL = base
	return c, nil
}

// A StatusError is an answer of GitHub's REST API that is no success.
type StatusError struct {
	Status  int
	Message string // GitHub's own; may name a repository
	Wanted  string // the permission that the endpoint asks of an app or a fine-grained token, or empty
}

// Error returns the status and GitHub's message.
func (e *StatusError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("GitHub answered %d", e.Status)
	}
	return fmt.Sprintf("GitHub answered %d (%s)", e.Status, e.Message)
}

// CleanGitHub turns an error of go-github, which quotes addresses, into one
// that does not: a *StatusError where GitHub answered.
func CleanGitHub(err error) error {
	var status *github.ErrorResponse
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status) && status.Response != nil:
		return &StatusError{Status: status.Response.StatusCode, Message: status.Message,
			Wanted: status.Response.Header.Get("X-Accepted-GitHub-Permissions")}
	case errors.As(err, &primary):
		return &StatusError{Status: http.StatusForbidden, Message: "the rate limit is used up; it is reset at " + primary.Rate.Reset.UTC().Format("15:04 MST")}
	case errors.As(err, &secondary):
		return &StatusError{Status: http.StatusForbidden, Message: "a secondary rate limit"}
	}
	return Clean(err)
}

// Status returns the HTTP status of an answer that err is about, or 0.
func Status(err error) int {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Status
	}
	return 0
}
