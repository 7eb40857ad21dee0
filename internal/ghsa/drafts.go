package ghsa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
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

	listed   map[string]bool // the scopes that were listed
	Unlisted []error         // repositories that can't be listed
}

// List returns the drafts of an organization, whose list is whole or an error,
// or of each repository where some are named: one that can't be listed hurts only
// itself, unless it is the only one. The drafts of every page are shown to page
// as they come.
func (c *Client) List(ctx context.Context, org string, repositories []advisory.Repository, page func([]advisory.Advisory)) (Drafts, error) {
	d := Drafts{Scope: make(map[string]string), listed: make(map[string]bool)}
	if len(repositories) == 0 {
		all, err := c.Organization(ctx, org, page)
		if err != nil {
			return d, adviseOnList(err)
		}
		d.add("org:"+strings.ToLower(org), all)
		return d, nil
	}
	lists := make([][]advisory.Advisory, len(repositories))
	errs := transport.Each(len(lists), transport.AtOnce, func(i int) (err error) {
		lists[i], err = c.Repository(ctx, repositories[i], page)
		return err
	})
	for i, err := range errs {
		if err != nil {
			d.Unlisted = append(d.Unlisted, adviseOnList(err))
			continue
		}
		d.add("repo:"+repositories[i].Key(), lists[i])
	}
	if len(d.listed) == 0 {
		return d, d.Unlisted[len(d.Unlisted)-1]
	}
	return d, nil
}

// add adds the drafts of a list, each of which is in the first that has it.
func (d *Drafts) add(scope string, list []advisory.Advisory) {
	d.listed[scope] = true
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

// covers reports whether an advisory would be in one of the lists if it were
// listed. A repository may have moved since, so the list in which the advisory
// was seen counts.
func (d *Drafts) covers(k advisory.Sighting) bool {
	owner, _, _ := strings.Cut(strings.ToLower(k.Repository), "/")
	return d.listed[k.Scope] || d.listed["repo:"+strings.ToLower(k.Repository)] ||
		strings.HasPrefix(k.Scope, "repo:") && d.listed["org:"+owner]
}

// adviseOnList says what to do where GitHub refuses the list.
func adviseOnList(err error) error {
	switch transport.Status(err) {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: the input token is wrong, revoked or expired: make a new one", err)
	case http.StatusForbidden, http.StatusNotFound:
		return fmt.Errorf("%w: the input token may not list draft advisories: it has to be of an owner or security manager of the organization, or of an app with the permission \"Repository security advisories\" (write)", err)
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
// lists, and are not now. Those that are drafts still are added. It returns the
// states of the others, and those that can't be read, by their ids.
func (c *Client) Vanished(ctx context.Context, d *Drafts, known []advisory.Sighting) (ended map[string]advisory.State, lost []Lost) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	known = slices.DeleteFunc(known, func(k advisory.Sighting) bool {
		_, listed := d.Scope[k.ID]
		_, named := advisory.ParseRepository(k.Repository)
		return listed || !named || !d.covers(k)
	})
	slices.SortFunc(known, func(a, b advisory.Sighting) int { return cmp.Compare(a.ID, b.ID) })
	now := make([]advisory.Advisory, len(known))
	errs := transport.Each(len(known), transport.AtOnce, func(i int) (err error) {
		repo, _ := advisory.ParseRepository(known[i].Repository)
		now[i], err = c.One(ctx, repo, known[i].ID)
		return err
	})
	ended = make(map[string]advisory.State)
	for i, k := range known {
		switch {
		case errs[i] != nil:
			lost = append(lost, Lost{k, errs[i]})
		case now[i].State == advisory.Draft:
			d.Scope[k.ID] = k.Scope
			d.All = append(d.All, now[i])
		default:
			ended[k.ID] = now[i].State
		}
	}
	return ended, lost
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
			why = "the token has lost its right, so that nothing is to be forgotten (" + why + ")"
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
