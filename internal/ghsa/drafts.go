package ghsa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// Drafts are those of an organization, or of the repositories that were named.
type Drafts struct {
	All   []advisory.Advisory // each once
	Scope map[string]string   // by advisory id: the list that it is in, org:LOGIN or repo:OWNER/NAME in lower case

	// LeftOut are drafts that a list should hold and does not: so it is not whole.
	LeftOut []advisory.Advisory

	ByName   map[string]bool // ids of drafts that no list holds, and that were found by name
	Listed   map[string]int  // how many drafts each list holds, by its scope
	Unlisted []error         // repositories that can't be listed
}

// List returns the drafts of an organization, whose list is whole or an error,
// or of each repository where some are named: one that can't be listed hurts only
// itself, unless it is the only one. The drafts of every page are shown to page
// as they come.
func (c *Client) List(ctx context.Context, org string, repositories []advisory.Repository, page func([]advisory.Advisory)) (Drafts, error) {
	d := Drafts{Scope: make(map[string]string), ByName: make(map[string]bool), Listed: make(map[string]int)}
	from := places(org, repositories)
	lists := make([][]advisory.Advisory, len(from))
	errs := transport.Each(len(from), transport.AtOnce, func(i int) (err error) {
		if lists[i], err = c.drafts(ctx, from[i], page); err != nil {
			err = adviseOnList(c.named(ctx, from[i], err))
		}
		return err
	})
	for i, err := range errs {
		switch {
		case err == nil:
			d.add(from[i].scope(), lists[i])
		case len(repositories) == 0:
			return d, err
		default:
			d.Unlisted = append(d.Unlisted, err)
		}
	}
	if len(d.Listed) == 0 {
		return d, unlisted(d.Unlisted)
	}
	return d, nil
}

// add adds the drafts of a list, each of which is in the first that has it.
func (d *Drafts) add(scope string, list []advisory.Advisory) {
	d.Listed[scope] += len(list)
	list = slices.DeleteFunc(list, func(a advisory.Advisory) bool {
		_, known := d.Scope[a.ID]
		if !known {
			d.Scope[a.ID] = scope
		}
		return known
	})
	if d.All == nil {
		d.All = list // a large one is held once
	} else {
		d.All = append(d.All, list...)
	}
}

// InList reports whether an advisory would be in the list of a scope if it were
// listed. A repository may have moved since, so the list in which the advisory
// was seen counts.
func InList(scope string, k advisory.Sighting) bool {
	owner, _, _ := strings.Cut(strings.ToLower(k.Repository), "/")
	org, isOrg := strings.CutPrefix(scope, "org:")
	return scope == k.Scope || scope == "repo:"+strings.ToLower(k.Repository) ||
		isOrg && strings.HasPrefix(k.Scope, "repo:") && owner == org
}

// covers reports whether an advisory would be in one of the lists.
func (d *Drafts) covers(k advisory.Sighting) bool {
	for scope := range d.Listed {
		if InList(scope, k) {
			return true
		}
	}
	return false
}

// unlisted is the error where no list can be read: all that are about a name, else
// the last one.
func unlisted(errs []error) error {
	var names []error
	for _, err := range errs {
		if _, ok := errors.AsType[*NoSuch](err); ok {
			names = append(names, err)
		}
	}
	if len(names) > 0 {
		return errors.Join(names...)
	}
	return errs[len(errs)-1]
}

// A NoSuch is the error of a list that GitHub does not have because the name is
// wrong, or hidden from the token.
type NoSuch struct {
	Organization string // or
	Repository   advisory.Repository
	Personal     bool // there is such an account, and it is no organization
}

// Error says what to do about the name.
func (e *NoSuch) Error() string {
	switch {
	case e.Personal:
		return e.Organization + " is a personal account, which has no list of drafts: name its repositories in the input repositories"
	case e.Organization != "":
		return "GitHub has no organization " + e.Organization + ": correct the name in the input organization"
	}
	return "GitHub shows no repository " + e.Repository.String() + " to the token: correct the name in the input repositories, or use a token that is for that repository"
}

// named returns the error of a list, or a *NoSuch where it is about the name.
func (c *Client) named(ctx context.Context, p place, err error) error {
	if transport.Status(err) != http.StatusNotFound {
		return err
	}
	if p.organization == "" {
		if _, asked := c.get(ctx, repositoryPath(p.repository), new(struct{})); transport.Status(asked) == http.StatusNotFound {
			return &NoSuch{Repository: p.repository}
		}
		return err
	}
	var account struct{ Type string }
	_, asked := c.get(ctx, "users/"+url.PathEscape(p.organization), &account)
	switch {
	case transport.Status(asked) == http.StatusNotFound:
		return &NoSuch{Organization: p.organization}
	case asked == nil && account.Type == "User":
		return &NoSuch{Organization: p.organization, Personal: true}
	}
	return err
}

// adviseOnList says what to do where GitHub refuses the list.
func adviseOnList(err error) error {
	switch transport.Status(err) {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: the input token is wrong, revoked or expired: make a new one", err)
	case http.StatusForbidden, http.StatusNotFound:
		return fmt.Errorf("%w: the input token can't list draft advisories: it has to be of an owner or security manager of the organization, or of an app with the permission \"Repository security advisories\" (write)", err)
	}
	return err
}

// A Lost is a draft of the last run that can't be read any more.
type Lost struct {
	advisory.Sighting
	Err error
}

// askWithin is how long drafts that have vanished may take in all.
const askWithin = 3 * time.Minute

// Vanished asks by name for the drafts of the last run that were in one of these
// lists, and are not now. Those that are drafts still are added; where a list
// leaves them out once more, it is not whole. It returns the states of the others,
// and those that can't be read, by their ids.
func (c *Client) Vanished(ctx context.Context, d *Drafts, known []advisory.Sighting) (ended map[string]advisory.State, lost []Lost) {
	known = slices.DeleteFunc(known, func(k advisory.Sighting) bool {
		_, listed := d.Scope[k.ID]
		_, named := advisory.ParseRepository(k.Repository)
		return listed || !named || !d.covers(k)
	})
	slices.SortFunc(known, func(a, b advisory.Sighting) int { return cmp.Compare(a.ID, b.ID) })
	now, errs := c.byName(ctx, known)
	var unexplained []found
	for i, k := range known {
		if f := (found{k, now[i], nil}); errs[i] == nil && c.shouldHold(ctx, d, f) {
			unexplained = append(unexplained, f)
		}
	}
	again := c.listAgain(ctx, d, unexplained)

	ended = make(map[string]advisory.State)
	for i, k := range known {
		_, listed := d.Scope[k.ID]
		draft, err := now[i], errs[i]
		if later, ok := again[k.ID]; ok {
			draft, err = later.now, later.err
		}
		switch {
		case listed: // once more was enough
		case err != nil:
			lost = append(lost, Lost{k, err})
		case draft.State == advisory.Draft:
			d.Scope[k.ID], d.ByName[k.ID] = k.Scope, true
			d.All = append(d.All, draft)
		default:
			ended[k.ID] = draft.State
		}
	}
	return ended, lost
}

// byName asks for advisories by name.
func (c *Client) byName(ctx context.Context, known []advisory.Sighting) ([]advisory.Advisory, []error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	now := make([]advisory.Advisory, len(known))
	return now, transport.Each(len(known), transport.AtOnce, func(i int) (err error) {
		repo, _ := advisory.ParseRepository(known[i].Repository)
		now[i], err = c.One(ctx, repo, known[i].ID)
		return err
	})
}

// found is a draft of the last run as GitHub has it by name, if it has it.
type found struct {
	advisory.Sighting
	now advisory.Advisory
	err error
}

// organization returns the login of the organization whose list was read, or
// nothing where single repositories were.
func (d *Drafts) organization() string {
	for scope := range d.Listed {
		if org, ok := strings.CutPrefix(scope, "org:"); ok {
			return org
		}
	}
	return ""
}

// shouldHold reports whether a list should hold what was found: a draft still,
// that has not moved out of the organization, nor into a temporary private fork,
// whose drafts no list has.
func (c *Client) shouldHold(ctx context.Context, d *Drafts, f found) bool {
	org := d.organization()
	return f.now.State == advisory.Draft && (org == "" || strings.EqualFold(f.now.Repository.Owner, org)) &&
		len(c.withoutForks(ctx, []advisory.Advisory{f.now}, d.All)) > 0
}

// listAgain asks once more for the lists that should hold these: it may be that
// pages shifted while they were read. Of a single repository it asks by the name
// that it has now. What is not in them, and is a draft after that, so that nobody
// has published or closed it in between, proves that the list is not whole; a list
// that can't be read proves nothing. It returns what GitHub has by name then, by
// id; where there is no answer, what was found before stays.
func (c *Client) listAgain(ctx context.Context, d *Drafts, unexplained []found) map[string]found {
	in := func(f found) place {
		if org := d.organization(); org != "" {
			return place{organization: org}
		}
		return place{repository: f.now.Repository}
	}
	scopes := make(map[place]string)
	for _, f := range unexplained {
		scopes[in(f)] = f.Scope // a repository's list was asked for by the name that it had
		if d.organization() != "" {
			scopes[in(f)] = in(f).scope()
		}
	}
	from := slices.SortedFunc(maps.Keys(scopes), func(a, b place) int { return cmp.Compare(a.scope(), b.scope()) })
	lists := make([][]advisory.Advisory, len(from))
	errs := transport.Each(len(from), transport.AtOnce, func(i int) (err error) {
		lists[i], err = c.drafts(ctx, from[i], func([]advisory.Advisory) {})
		return err
	})
	for i, err := range errs {
		if err != nil {
			d.Unlisted = append(d.Unlisted, adviseOnList(err))
			unexplained = slices.DeleteFunc(unexplained, func(f found) bool { return in(f) == from[i] })
			continue
		}
		scope := scopes[from[i]]
		before := d.Listed[scope] // the second list counts nothing twice
		d.add(scope, lists[i])
		d.Listed[scope] = before
	}
	var still []advisory.Sighting
	for _, f := range unexplained {
		if _, listed := d.Scope[f.ID]; !listed {
			still = append(still, f.Sighting)
		}
	}
	now, errs := c.byName(ctx, still)
	again := make(map[string]found)
	for i, err := range errs {
		f := found{still[i], now[i], err}
		if status := transport.Status(err); err == nil || status == http.StatusNotFound || status == http.StatusForbidden {
			again[f.ID] = f
		}
		if err == nil && c.shouldHold(ctx, d, f) {
			d.LeftOut = append(d.LeftOut, f.now)
		}
	}
	return again
}

// RestoreRight is the advice where a list is not whole.
const RestoreRight = "give the token its right back: it must belong to an owner or security manager of the organization, or to an app with the permission \"Repository security advisories\" (write) on all repositories; for single repositories, to an administrator or such an app"

// NotWhole says which drafts GitHub's list leaves out.
func NotWhole(drafts []advisory.Advisory) string {
	const most = 10
	var list []string
	for _, a := range drafts[:min(most, len(drafts))] {
		list = append(list, a.ID+" in "+a.Repository.String())
	}
	text := strings.Join(list, ", ")
	if n := len(drafts) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	count := "1 draft"
	if len(drafts) != 1 {
		count = fmt.Sprintf("%d drafts", len(drafts))
	}
	return fmt.Sprintf("GitHub's list leaves out %s that can be read by name (%s), and perhaps others that nobody knows about", count, text)
}

// fewVanished is how many drafts may vanish, each with a warning of its own.
const fewVanished = 3

// Warnings are warnings about drafts that can't be read any more: of each, or
// one for each reason, where so many have vanished that it is not the advisories
// which are gone.
func Warnings(lost []Lost, nothingLeft bool) []string {
	var list []string
	gone := make(map[string][]string) // ids, by why
	for _, v := range lost {
		reason := errors.Unwrap(v.Err)
		list = append(list, fmt.Sprintf("%s in %s was a draft and can't be read any more: the token may have lost its right. If the advisory is gone, write its id under forget in the configuration. (%v)", v.ID, v.Repository, reason))
		why := fmt.Sprint(reason)
		if status := transport.Status(v.Err); status == http.StatusForbidden || status == http.StatusNotFound {
			why = "the token has lost its right, so nothing should be forgotten (" + why + ")"
		}
		gone[why] = append(gone[why], v.ID)
	}
	if n := len(list); n <= fewVanished && (n <= 1 || !nothingLeft) {
		return list
	}
	list = nil
	for _, why := range slices.Sorted(maps.Keys(gone)) {
		ids := gone[why]
		how := fmt.Sprintf("%d drafts that were known", len(ids))
		if nothingLeft && len(gone) == 1 {
			how = fmt.Sprintf("all %d drafts that were known", len(ids))
		}
		list = append(list, fmt.Sprintf("%s can't be read any more: %s: %s", how, why, strings.Join(ids, ", ")))
	}
	return list
}

// Texts returns the texts of errors.
func Texts(errs []error) []string {
	var list []string
	for _, err := range errs {
		list = append(list, err.Error())
	}
	return list
}
