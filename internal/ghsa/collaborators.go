package ghsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Collaborators are those who were given access to a draft, apps among them.
type Collaborators struct {
	Users []string // logins
	Teams []string // slugs of teams of the repository's organization
}

// Without returns those who are not among others, in any case of their names.
func (c Collaborators) Without(others Collaborators) Collaborators {
	return Collaborators{Users: without(c.Users, others.Users), Teams: without(c.Teams, others.Teams)}
}

// None reports whether there are none.
func (c Collaborators) None() bool { return len(c.Users)+len(c.Teams) == 0 }

func without(list, others []string) (rest []string) {
	for _, s := range list {
		if !holds(others, s) && !holds(rest, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

func holds(list []string, s string) bool {
	return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(o, s) })
}

// Opened is what AddCollaborators found and left.
type Opened struct {
	Before, After Collaborators
	Written       bool // GitHub was asked to change them
}

// Added returns who collaborates now and did not before, and Removed who did
// before and does not now, which nobody meant to do.
func (o Opened) Added() Collaborators { return o.After.Without(o.Before) }

// Removed is explained at Added.
func (o Opened) Removed() Collaborators { return o.Before.Without(o.After) }

// Why the collaborators of an advisory were not changed.
var (
	ErrNotDraft  = errors.New("it is not a draft any more")
	ErrNotTold   = errors.New("GitHub does not say who collaborates on it, and a change would replace them")
	ErrTooLate   = errors.New("it came too late in the time that it had")
	ErrNotOpened = errors.New("GitHub took the change, and not all of them collaborate")
)

// AddCollaborators gives people and teams access to a draft, as far as they have
// none. A change replaces the whole list without a condition, so the list is read
// right before, and read back after it, whatever the answer was; nobody is ever
// taken from it. Where it was written, what is known of it stands in the result
// beside an error. An error whose transport.Status is 403, 404 or 422 is a
// refusal. Whether it still may go is asked right before the change.
//
// Source: https://docs.github.com/en/rest/security-advisories/repository-advisories#update-a-repository-security-advisory
func (c *Client) AddCollaborators(ctx context.Context, repo advisory.Repository, id string, want Collaborators, mayGo func() bool) (Opened, error) {
	o, err := c.addCollaborators(ctx, advisoryPath(repo, id), want, mayGo)
	if err != nil {
		return o, fmt.Errorf("give access to %s in %s: %w", id, repo, err)
	}
	return o, nil
}

func (c *Client) addCollaborators(ctx context.Context, path string, want Collaborators, mayGo func() bool) (o Opened, err error) {
	if o.Before, err = c.collaborators(ctx, path); err != nil {
		return o, err
	}
	o.After = o.Before
	missing := want.Without(o.Before)
	if missing.None() {
		return o, nil
	}
	change := make(map[string][]string) // a list that is not named stays as it is
	if len(missing.Users) > 0 {
		change["collaborating_users"] = append(slices.Clone(o.Before.Users), missing.Users...)
	}
	if len(missing.Teams) > 0 {
		change["collaborating_teams"] = append(slices.Clone(o.Before.Teams), missing.Teams...)
	}
	req, err := c.rest.NewRequest(http.MethodPatch, path, change)
	if err != nil {
		return o, transport.CleanGitHub(err)
	}
	if !mayGo() {
		return o, ErrTooLate
	}
	o.Written = true
	_, refused := c.rest.Do(transport.Once(ctx), req, nil)
	after, err := c.collaborators(ctx, path)
	switch {
	case err != nil && refused != nil:
		return o, transport.CleanGitHub(refused)
	case err != nil:
		return o, fmt.Errorf("read back: %w", err)
	}
	if o.After = after; want.Without(o.After).None() {
		return o, nil
	}
	if refused != nil {
		return o, transport.CleanGitHub(refused)
	}
	return o, ErrNotOpened
}

// collaborators reads who collaborates on a draft.
func (c *Client) collaborators(ctx context.Context, path string) (Collaborators, error) {
	var a struct {
		State string
		Users *[]struct{ Login string } `json:"collaborating_users"`
		Teams *[]struct{ Slug string }  `json:"collaborating_teams"`
	}
	if _, err := c.get(ctx, path, &a); err != nil {
		return Collaborators{}, err
	}
	switch {
	case a.State != string(advisory.Draft):
		return Collaborators{}, ErrNotDraft
	case a.Users == nil || a.Teams == nil:
		return Collaborators{}, ErrNotTold
	}
	var now Collaborators
	for _, u := range *a.Users {
		if u.Login == "" {
			return Collaborators{}, ErrNotTold
		}
		now.Users = append(now.Users, u.Login)
	}
	for _, t := range *a.Teams {
		if t.Slug == "" {
			return Collaborators{}, ErrNotTold
		}
		now.Teams = append(now.Teams, t.Slug)
	}
	return now, nil
}
