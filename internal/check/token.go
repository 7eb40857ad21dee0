package check

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// tokenFacts are what is known about the token and its list of drafts.
type tokenFacts struct {
	Subject
	access ghsa.Access
	list   seen

	// All are the organization's repositories, as far as the token may know of
	// them and they were asked for; total is how many there are.
	all    []advisory.Repository
	total  int
	allErr error

	known []string // repositories that may have been meant by those that are none
}

// token are the lines about the token, what it sees and what it does not.
func (c *checkup) token(ctx context.Context) group {
	if c.Advisories == nil {
		return notAsked("token")
	}
	bearer := transport.Meanwhile(func() (tokenFacts, error) { return c.bearer(), nil })
	list := c.see()
	f, err := bearer()
	if err != nil {
		panic(err) // a line of its own says so
	}
	f.list = list
	c.guess(ctx, &f)
	return f.lines()
}

// guess asks for the repositories that may have been meant by those that are none,
// in one call for each owner.
func (c *checkup) guess(ctx context.Context, f *tokenFacts) {
	var asked []string
	for _, r := range c.Repositories {
		if owner := strings.ToLower(r.Owner); f.noSuch(r) && !slices.Contains(asked, owner) {
			asked = append(asked, owner)
			f.known = append(f.known, c.Owners.Roster(ctx, owner).Repositories...)
		}
	}
}

// coverageWithin is how long the first run's report waits for what is known
// about the token.
const coverageWithin = 20 * time.Second

// Coverage returns what the first report says of the token, in two requests at
// most, and of who can read its issue, in two as well; and what it says only where no draft
// is listed, since one that is proves the right to see them.
func Coverage(ctx context.Context, s Subject) (list, unproved []string) {
	ctx, cancel := context.WithTimeout(ctx, coverageWithin)
	defer cancel()
	list, unproved = s.askToken(ctx, true).notes()
	if s.Issue != nil {
		readers := s.readers(ctx, "", s.Issue.Place(), "the issue with the reports")
		list = append(list, notify.Sentence(readers.detail))
	}
	return list, unproved
}

// askToken asks about the token. What is brief takes two requests at most.
func (s Subject) askToken(ctx context.Context, brief bool) tokenFacts {
	f := tokenFacts{Subject: s}
	f.access = s.Advisories.Access(ctx, ghsa.Question{
		Organization: s.Organization, Repositories: s.Repositories, Brief: brief, Unscoped: s.Unscoped,
	})
	if f.access.Bearer == ghsa.Installation && !f.access.All && f.Organization != "" {
		pages := 0
		if brief {
			pages = 1
		}
		f.all, f.total, f.allErr = s.Owners.Repositories(ctx, f.Organization, pages)
	}
	return f
}

// lines are the token's lines of the table.
func (f tokenFacts) lines() group {
	return slices.Concat(group{f.who(), f.sees()}, f.covers(), f.unseen())
}

// notes are what the first report says: who the token is, whether it can see
// drafts, and what an app does not cover. Whether an app can is proved by any draft
// that is listed, and unproved else.
func (f tokenFacts) notes() (list, unproved []string) {
	list = append(list, "The token is "+f.who().detail+".")
	switch l, ok := f.right(); {
	case ok && l.finding == unknown && f.access.Bearer == ghsa.Installation:
		unproved = append(unproved, notify.Sentence(l.detail))
	case ok:
		list = append(list, notify.Sentence(l.detail))
	}
	if f.access.All && f.Organization != "" {
		return list, unproved // said of whose token it is
	}
	for _, l := range f.covers() {
		list = append(list, notify.Sentence(l.detail))
	}
	return list, unproved
}

// who says whose token it is.
func (f tokenFacts) who() line {
	l := line{what: "token"}
	a := f.access
	if a.Err != nil && a.Bearer == ghsa.UnknownBearer {
		l.finding, l.detail = unknown, "of a kind that can't be known: "+a.Err.Error()
		if transport.Status(a.Err) == http.StatusUnauthorized {
			l.finding, l.detail, l.do = fail, "refused by GitHub (401): it is wrong, revoked or expired", "make a new one for the input token"
		}
		return l
	}
	of, whose := "", "somebody's"
	if a.Login != "" {
		of, whose = " of "+a.Login, "their"
	}
	switch a.Bearer {
	case ghsa.Installation:
		l.detail = fmt.Sprintf("that of an app, installed on %s selected for it", notify.Plural(a.Count, "repository", "repositories"))
		if a.All {
			l.detail = fmt.Sprintf("that of an app, installed on all repositories (%d)", a.Count)
		}
		return l
	case ghsa.Classic:
		l.detail = fmt.Sprintf("a classic one%s, with the scopes %s", of, cmp.Or(strings.Join(a.Scopes, ", "), "(none)"))
	default:
		l.detail = "a fine-grained one" + of + ", or one that an app has in " + whose + " name"
	}
	switch a.Standing {
	case ghsa.OwnerOf:
		l.detail += "; they own " + f.Organization
	case ghsa.MemberOf:
		l.detail += "; they are a member of " + f.Organization
	case ghsa.OutsideOf:
		l.detail += "; they are not a member of " + f.Organization
	}
	return l
}
