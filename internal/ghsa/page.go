package ghsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/openedx/advisory-reminders/internal/transport"
)

// What is wrong with a page that would otherwise look like the end of a list.
var (
	errNoList = errors.New("GitHub's answer is not the list that was asked for (run again; if that persists, see whether a proxy changes the answers)")
	errNoNext = errors.New("GitHub's list goes on, but its next page can't be followed (run again; if that persists, see whether a proxy changes the answers)")
)

// askPage asks for one page of a list. It is an error where the answer was refused, is
// not whole, or holds no list: go-github takes null and an empty body for an empty one.
func askPage[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, *http.Response, error) {
	req, err := c.rest.NewRequest(http.MethodGet, path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, nil, transport.CleanGitHub(err)
	}
	var page []T
	resp, err := c.rest.Do(ctx, req, &page)
	if form, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && form.Field == "" {
		return nil, nil, errNoList
	}
	switch {
	case err != nil:
		return nil, nil, transport.CleanGitHub(err)
	case resp.StatusCode != http.StatusOK:
		return nil, nil, fmt.Errorf("%w (GitHub answered %d)", errNoList, resp.StatusCode)
	case page == nil:
		return nil, nil, errNoList
	}
	return page, resp.Response, nil
}

// In a Link header, nextLink finds the address of the next page, and anyNext
// whether there is one at all.
//
// Source: https://www.rfc-editor.org/rfc/rfc8288#section-3
var (
	nextLink = regexp.MustCompile(`(?i)<([^>]*)>[^<]*\brel\s*=\s*"?[^"<,;]*\bnext\b`)
	anyNext  = regexp.MustCompile(`(?i)\brel\s*=\s*"?[^"<,;]*\bnext\b`)
)

// nextCursor returns the cursor of the next page, or nothing after the last one.
func nextCursor(resp *http.Response) (string, error) {
	next, err := nextQuery(resp)
	if err != nil || next == nil {
		return "", err
	}
	after := next.Get("after")
	if after == "" {
		return "", errNoNext
	}
	return after, nil
}

// nextQuery returns the query of the next page, or nil after the last one. The
// query alone is followed, never the address; yet one that leads to another server,
// or has no query, is not of the list that was asked for. go-github would read it
// as the last page.
func nextQuery(resp *http.Response) (url.Values, error) {
	header := strings.Join(resp.Header.Values("Link"), ", ")
	if !anyNext.MatchString(header) {
		return nil, nil
	}
	link := nextLink.FindStringSubmatch(header)
	if link == nil {
		return nil, errNoNext
	}
	asked := resp.Request.URL
	next, err := asked.Parse(link[1])
	if err != nil || next.Scheme != asked.Scheme || next.Host != asked.Host || len(next.Query()) == 0 {
		return nil, errNoNext
	}
	return next.Query(), nil
}
