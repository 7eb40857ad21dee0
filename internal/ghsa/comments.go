package ghsa

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// maxCommentPages bounds a discussion at 5,000 comments.
const maxCommentPages = 50

// A Comment is one in the discussion of an advisory.
type Comment struct {
	ID               int64
	Author           Account // zero where GitHub does not say who it is: nobody, who has no rights
	Body             string
	Created, Updated time.Time
}

// An Account is a person or an app on GitHub. The id outlives the login.
type Account struct {
	ID    int64
	Login string
}

// Login returns the login that an account bears now, or nothing where there is no
// such account any more.
//
// Source: https://docs.github.com/en/rest/users/users#get-a-user-using-their-id
func (c *Client) Login(ctx context.Context, account int64) (string, error) {
	user, _, err := c.rest.Users.GetByID(ctx, account)
	if err = transport.CleanGitHub(err); transport.Status(err) == http.StatusNotFound {
		return "", nil
	}
	if err == nil && user.GetLogin() == "" {
		err = errors.New("GitHub's answer names none")
	}
	if err != nil {
		return "", fmt.Errorf("ask for the login of an account: %w", err)
	}
	return user.GetLogin(), nil
}

// commentWire is a comment as GitHub sends it, as far as that is known.
type commentWire struct {
	ID      int64     `json:"id"`
	Body    *string   `json:"body"`
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"`
	User    tolerated `json:"user"`
}

// tolerated is an account where nobody promises that it is one.
type tolerated struct{ Account }

// UnmarshalJSON reads an account, or leaves it unknown.
func (t *tolerated) UnmarshalJSON(text []byte) error {
	var user struct {
		ID    int64
		Login string
	}
	if json.Unmarshal(text, &user) == nil && user.ID != 0 && user.Login != "" {
		t.Account = Account(user)
	}
	return nil
}

// comment checks what GitHub sent.
func (w commentWire) comment() (Comment, error) {
	if w.ID <= 0 || w.Body == nil || w.Created.IsZero() {
		return Comment{}, errors.New("GitHub sent a comment without an id, a text or a time")
	}
	c := Comment{ID: w.ID, Author: w.User.Account, Body: *w.Body, Created: w.Created.UTC(), Updated: w.Updated.UTC()}
	if c.Updated.Before(c.Created) {
		c.Updated = c.Created
	}
	return c, nil
}

// Comments returns the comments of an advisory that were made or changed at since
// or later, all where that is zero, each once, in the order in which they were
// made. It is all of them or an error. Confidential ones are never among them, and
// those of a published advisory neither.
//
// The interface is a public preview since October 2026, and described nowhere but
// in its announcement.
func (c *Client) Comments(ctx context.Context, repo advisory.Repository, id string, since time.Time) ([]Comment, error) {
	query := url.Values{"per_page": {fmt.Sprint(perPage)}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339))
	}
	list, err := c.comments(ctx, commentsPath(repo, id), query)
	if err != nil {
		return nil, fmt.Errorf("list the comments of %s in %s: %w", id, repo, err)
	}
	return list, nil
}

func (c *Client) comments(ctx context.Context, path string, query url.Values) ([]Comment, error) {
	var list []Comment
	seen := make(map[int64]bool) // one that is changed while pages are read may come twice
	asked := make(map[string]bool)
	for range maxCommentPages {
		page, resp, err := askPage[commentWire](ctx, c, path, query)
		if err != nil {
			return nil, err
		}
		for _, w := range page {
			comment, err := w.comment()
			if err != nil {
				return nil, err
			}
			if !seen[comment.ID] {
				seen[comment.ID] = true
				list = append(list, comment)
			}
		}
		asked[query.Encode()] = true
		next, err := nextQuery(resp)
		if err != nil {
			return nil, err
		}
		if next == nil {
			slices.SortFunc(list, func(a, b Comment) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
			return list, nil
		}
		if query = next; asked[query.Encode()] {
			return nil, errors.New("GitHub's pages go in circles")
		}
	}
	return nil, fmt.Errorf("the discussion has more than %d comments", maxCommentPages*perPage)
}

// Comment adds a comment to an advisory. It is posted once, and again only where
// it has certainly had no effect; GitHub has no way to take it back. An error is a
// *transport.PostError.
func (c *Client) Comment(ctx context.Context, repo advisory.Repository, id, text string) error {
	var made commentWire
	what := fmt.Sprintf("comment on %s in %s", id, repo)
	return transport.Post(ctx, c.rest, commentsPath(repo, id), what, map[string]string{"body": text}, &made, func() bool { return made.ID > 0 })
}

func commentsPath(repo advisory.Repository, id string) string {
	return advisoryPath(repo, id) + "/comments"
}
