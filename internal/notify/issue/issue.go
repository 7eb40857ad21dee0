// Package issue keeps the reports to the working group in an issue of a private
// repository: each is a comment, or several where there is no room in one. A
// comment bears the id of its delivery in a hidden marker, which is looked for
// before the delivery is made again, so that each is posted once.
package issue

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const channelName = "issue"

// label is that of the issue.
const label = "advisory-reminders"

// reach is how much older than the last attempt comments are among which a report is
// looked for before it is posted again: it has another id in the next week.
const reach = 8 * 24 * time.Hour

// most is how many bytes of a report one comment holds: GitHub takes 65,536
// characters, and the mention and the marker come on top.
const most = 60_000

// full is how many comments an issue has at which another one is begun: GitHub takes
// 2,500.
const full = 2400

// maxPages bounds what is looked through.
const maxPages = 20

const perPage = 100

// Config says where the issue is.
type Config struct {
	HTTP       *http.Client // sends the token
	APIURL     string
	Repository advisory.Repository
	ReadOnly   bool             // nothing is written, not even to find out whether it could be
	Now        func() time.Time // the run's clock
	Wait       func(context.Context, time.Duration) error
}

// A Client writes reports. It sends one at a time.
type Client struct {
	rest     *github.Client
	repo     advisory.Repository
	readOnly bool
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	number   int
}

// New returns a Client.
func New(c Config) (*Client, error) {
	rest, err := transport.GitHub(c.HTTP, c.APIURL)
	if err != nil {
		return nil, err
	}
	return &Client{rest: rest, repo: c.Repository, readOnly: c.ReadOnly, now: c.Now, wait: c.Wait}, nil
}

// Number returns the number of the issue once it is known, and 0 before.
func (c *Client) Number() int { return c.number }

// Repository returns owner/name of the repository.
func (c *Client) Repository() string { return c.repo.String() }

// Place returns the repository.
func (c *Client) Place() advisory.Repository { return c.repo }

// found is an issue as GitHub sends it.
type found struct {
	Number        int
	Comments      int
	State, Body   string
	RepositoryURL string    `json:"repository_url"`
	PullRequest   *struct{} `json:"pull_request"`
}

// Report posts a report as a comment of the issue, which is made where there is
// none, and opened where it is closed. Its error is a *notify.Failure. Where a part
// of the report may be there, the outcome is Unknown: the next attempt posts what
// is missing.
func (c *Client) Report(ctx context.Context, place Place, r notify.Report) error {
	if place.Obstacle != None {
		f := failure(notify.ChannelRefused, place.Obstacle.String())
		f.Advice = place.Obstacle.Advice()
		return f
	}
	if f := notify.Unsettled(channelName, r.Tried, c.now()); f != nil {
		return f
	}
	i, f := c.find(ctx, place, r)
	if f != nil {
		return f
	}
	c.number = i.Number
	there := ""
	if !r.Tried.IsZero() {
		if there, f = c.posted(ctx, place, i.Number, r.Tried.Add(-reach)); f != nil {
			return f
		}
	}
	if i.State == "closed" {
		if err := c.ask(ctx, http.MethodPatch, path(place.repo, "/issues/%d", i.Number), map[string]string{"state": "open"}, nil); err != nil {
			return refused(err, "open the issue again")
		}
	}
	made := false // something of the report is there, or may be
	for n, text := range comments(r) {
		if strings.Contains(there, marker(r.ID, n)) {
			made = true
			continue
		}
		if f := c.post(ctx, place, i.Number, n > 0, text); f != nil {
			if made && f.Outcome != notify.Unknown {
				f.Outcome, f.Detail = notify.Unknown, "a part of it is there, the rest follows: "+f.Detail
			}
			return f
		}
		made = true
	}
	return nil
}

// comments returns the comments that a report is posted as.
func comments(r notify.Report) []string {
	list := notify.Parts(notify.Markdown(r), most)
	for n := range list {
		list[n] += "\n" + marker(r.ID, n) + "\n"
	}
	if login := notify.Calls(r); login != "" {
		list[0] = "@" + login + ", you are on duty.\n\n" + list[0]
	}
	return list
}

// marker is what the n-th comment of a report is known by.
func marker(id string, n int) string { return discussion.Marker(fmt.Sprintf("%s, part %d", id, n+1)) }

// body is the text of the issue, and mark is what it is known by.
var (
	mark = discussion.Marker("reports")
	body = "The reports of Advisory Reminders are the comments below. Subscribe to this issue to be notified about each. " +
		"If you close it, the next report opens it again.\n\n" +
		"The reports name vulnerabilities that are not disclosed yet: keep this repository private, and don't move this issue to another one.\n\n" + mark + "\n"
)

// find returns the issue: the one that the ledger knows, else the oldest with the
// label and the marker, else a new one. One that is full is none of these.
func (c *Client) find(ctx context.Context, place Place, r notify.Report) (found, *notify.Failure) {
	if known := r.Issue; known != nil && strings.EqualFold(known.Repository, c.repo.String()) {
		var i found
		err := c.ask(ctx, http.MethodGet, path(place.repo, "/issues/%d", known.Number), nil, &i)
		switch status := transport.Status(err); {
		case err == nil && place.takes(i):
			return i, nil
		case err != nil && status != http.StatusNotFound && status != http.StatusGone && (status < 300 || status >= 400):
			return i, refused(err, "read the issue")
		}
	}
	query := url.Values{"state": {"all"}, "labels": {label}, "direction": {"asc"}, "per_page": {fmt.Sprint(perPage)}}
	for n := range maxPages {
		query.Set("page", fmt.Sprint(n+1))
		list, f := c.page(ctx, path(place.repo, "/issues?%s", query.Encode()), "look for the issue")
		if f != nil {
			return found{}, f
		}
		if at := slices.IndexFunc(list, func(i found) bool { return place.takes(i) && strings.Contains(i.Body, mark) }); at >= 0 {
			return list[at], nil
		}
		if len(list) < perPage {
			break
		}
	}
	var made found
	err := transport.Post(ctx, c.rest, path(place.repo, "/issues"), "open the issue", map[string]any{
		"title": "Advisory Reminders: reports", "body": body, "labels": []string{label},
	}, &made, func() bool { return made.Number > 0 })
	return made, notMade(err, "open the issue")
}

// posted returns the text of all comments since a time.
func (c *Client) posted(ctx context.Context, place Place, number int, since time.Time) (string, *notify.Failure) {
	var all strings.Builder
	query := url.Values{"since": {since.UTC().Format(time.RFC3339)}, "per_page": {fmt.Sprint(perPage)}}
	for n := range maxPages {
		query.Set("page", fmt.Sprint(n+1))
		list, f := c.page(ctx, path(place.repo, "/issues/%d/comments?%s", number, query.Encode()), "read the comments of the issue")
		if f != nil {
			return "", f
		}
		for _, comment := range list {
			all.WriteString(comment.Body + "\n")
		}
		if len(list) < perPage {
			return all.String(), nil
		}
	}
	return "", failure(notify.ChannelRefused, fmt.Sprintf("the issue got more than %d comments within eight days", maxPages*perPage))
}

// page reads one page of a list of issues or comments. Null or nothing is no list:
// taken for an empty one, it would say that nothing was posted.
func (c *Client) page(ctx context.Context, path, what string) (list []found, f *notify.Failure) {
	err := c.ask(ctx, http.MethodGet, path, nil, &list)
	switch {
	case err != nil:
		return nil, refused(err, what)
	case list == nil:
		return nil, failure(notify.Temporary, "could not "+what+": GitHub's answer is no list")
	}
	return list, nil
}

// post posts one comment, a second after another, as GitHub asks of whoever writes.
func (c *Client) post(ctx context.Context, place Place, number int, another bool, text string) *notify.Failure {
	if another && c.wait(ctx, time.Second) != nil {
		return failure(notify.Temporary, "stopped before it was posted")
	}
	var made struct{ ID int64 }
	err := transport.Post(ctx, c.rest, path(place.repo, "/issues/%d/comments", number), "comment on the issue", map[string]string{"body": text}, &made, func() bool { return made.ID > 0 })
	return notMade(err, "comment on the issue")
}

// notMade says what the error of a post means; it returns nil where there is none.
func notMade(err error, what string) *notify.Failure {
	switch {
	case err == nil:
		return nil
	case transport.NoEffect(err):
		return refused(err, what)
	}
	return notify.PerhapsDone(channelName, err, "done it", ": "+what)
}

// refused says what it means that GitHub did not do what it was asked.
func refused(err error, what string) *notify.Failure {
	status := transport.Status(err)
	f := failure(notify.ChannelRefused, fmt.Sprintf("could not %s: GitHub answered %d", what, status))
	switch {
	case status == http.StatusTooManyRequests:
		f = failure(notify.Temporary, "could not "+what+": GitHub asks to wait")
	case status == http.StatusUnauthorized:
		f.Advice = Rejected.Advice()
	case status == http.StatusForbidden:
		f.Advice = Refused.Advice() + "; see also whether the issue is locked"
	case status == http.StatusNotFound, status == http.StatusGone:
		f.Advice = "see whether the issue and the repository are still there"
	case status == 0:
		f = failure(notify.Temporary, "could not "+what+": there was no answer")
	case status < 300 || status >= 500:
		f.Outcome = notify.Temporary
	}
	return f
}

func failure(o notify.Outcome, detail string) *notify.Failure {
	return &notify.Failure{Channel: channelName, Outcome: o, Detail: detail}
}

// ask makes one request. Its error is a *transport.StatusError where GitHub
// answered.
func (c *Client) ask(ctx context.Context, method, path string, body, into any) error {
	req, err := c.rest.NewRequest(method, path, body)
	if err != nil {
		return transport.CleanGitHub(err)
	}
	_, err = c.rest.Do(ctx, req, into)
	return transport.CleanGitHub(err)
}

// path is one below a repository's.
func path(repo advisory.Repository, below string, args ...any) string {
	return "repos/" + url.PathEscape(repo.Owner) + "/" + url.PathEscape(repo.Name) + fmt.Sprintf(below, args...)
}
