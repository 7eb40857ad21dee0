// Package load makes a world of files of a real organization.
package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/sandbox/github"
)

// Load returns a world made from a folder of real files: an organization of
// the login org with a repository for each folder of dir/catalog (of which it
// takes catalog-info.yaml, CODEOWNERS and openedx.yaml), and a draft for each
// entry of the JSON arrays in dir/advisories, in the field names of GitHub's
// REST API and with a repository. A repository that only an advisory names
// exists without files.
//
// What the files leave open is made up, the same at every call:
//
//   - A draft was created 90 days before the advisory was published, and
//     whole years earlier where that isn't in the past. Those whose publication
//     isn't known are a week apart, back from the earliest that is.
//   - Every team that a file names has two members, TEAM-1 and TEAM-2; every
//     user that one names is a member. Each has an address at example.org in
//     the organization's domain, by their login. Teams of other organizations
//     are left out.
//   - A bare owner, without user: or group:, is a team if another file names
//     it as group:NAME or a CODEOWNERS as @org/NAME, or if it ends in
//     -engineering, -team or -maintainers; else it is a user. Nothing in the
//     name itself tells the two apart.
//
// github.FullToken may do everything in that world.
func Load(dir, org string) (*github.World, error) {
	o := &github.Organization{Login: org, Name: org, VerifiedDomains: []string{"example.org"}, Admins: []string{org + "-admin"}}
	w := &github.World{
		Organizations: []*github.Organization{o},
		Tokens: map[string]*github.Token{github.FullToken: {
			Login: o.Admins[0], Organization: org, Drafts: true, Members: true, Emails: true, VerifiedEmails: true,
		}},
	}
	addMember(w, o, o.Admins[0])
	if err := loadCatalog(w, o, filepath.Join(dir, "catalog")); err != nil {
		return nil, fmt.Errorf("load catalog: %w", err)
	}
	if err := loadAdvisories(w, o, filepath.Join(dir, "advisories")); err != nil {
		return nil, fmt.Errorf("load advisories: %w", err)
	}
	return w, nil
}

func loadCatalog(w *github.World, o *github.Organization, dir string) error {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var named names
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		r := &github.Repository{Owner: o.Login, Name: folder.Name(), Files: map[string]string{}}
		for _, name := range []string{"catalog-info.yaml", "CODEOWNERS", "openedx.yaml"} {
			text, err := os.ReadFile(filepath.Join(dir, folder.Name(), name))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				return err
			}
			r.Files[name] = string(text)
		}
		named.catalog(r.Files["catalog-info.yaml"], o.Login)
		named.codeowners(r.Files["CODEOWNERS"], o.Login)
		w.Repositories = append(w.Repositories, r)
	}
	named.settle()
	for _, login := range named.users {
		addMember(w, o, login)
	}
	for _, t := range named.teams {
		for i := range 2 {
			login := fmt.Sprintf("%s-%d", t.Slug, i+1)
			addMember(w, o, login)
			t.Members = append(t.Members, login)
		}
		o.Teams = append(o.Teams, t)
	}
	return nil
}

// addMember makes a login a member of o, with an address in its domain.
func addMember(w *github.World, o *github.Organization, login string) {
	if w.User(login) == nil {
		w.Users = append(w.Users, &github.User{
			Login: login, Name: login,
			Addresses: map[string][]string{o.Login: {strings.ToLower(login) + "@" + o.VerifiedDomains[0]}},
		})
	}
	if !o.HasMember(login) {
		o.Members = append(o.Members, login)
	}
}

// A listedAdvisory is an entry of an index file. Of the times, some are dates.
type listedAdvisory struct {
	GHSAID      string   `json:"ghsa_id"`
	CVEID       string   `json:"cve_id"`
	Repository  string   `json:"repository"`
	Summary     string   `json:"summary"`
	Severity    string   `json:"severity"`
	CWEIDs      []string `json:"cwe_ids"`
	PublishedAt string   `json:"published_at"`
	CVSS        *struct {
		Vector string  `json:"vector_string"`
		Score  float64 `json:"score"`
	} `json:"cvss"`
}

func loadAdvisories(w *github.World, o *github.Organization, dir string) error {
	files, err := fs.Glob(os.DirFS(dir), "*.json")
	if err != nil {
		return err
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			return fmt.Errorf("decode %s: %w", name, jsonError(err, "a list of advisories"))
		}
		for i, raw := range list {
			var l listedAdvisory
			if err := json.Unmarshal(raw, &l); err != nil {
				return fmt.Errorf("decode %s: entry %d: %w", name, i+1, jsonError(err, "an advisory"))
			}
			a, err := l.draft(o.Login, w.Now())
			if err != nil {
				return fmt.Errorf("decode %s: entry %d: %w", name, i+1, err)
			}
			w.Advisories = append(w.Advisories, a)
			if w.Repository(a.Repository) == nil {
				_, repo, _ := strings.Cut(a.Repository, "/")
				w.Repositories = append(w.Repositories, &github.Repository{Owner: o.Login, Name: repo})
			}
		}
	}
	dateTheRest(w)
	return nil
}

// jsonError says what is wrong with a JSON value, in the words of JSON.
func jsonError(err error, want string) error {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return err
	case e.Field == "":
		return fmt.Errorf("the JSON %s is not %s", e.Value, want)
	}
	return fmt.Errorf("%s has a value of the wrong type, %s", e.Field, e.Value)
}

// draft returns the entry as a draft of the organization's. Its time of
// creation is zero where the publication isn't known.
func (l listedAdvisory) draft(org string, now time.Time) (*github.Advisory, error) {
	id, ok := advisory.CanonicalID(l.GHSAID)
	if !ok {
		return nil, fmt.Errorf("ghsa_id %q is not of the form GHSA-xxxx-xxxx-xxxx", l.GHSAID)
	}
	r, ok := advisory.ParseRepository(l.Repository)
	if !ok {
		return nil, fmt.Errorf("%s: repository %q is not of the form owner/name", id, l.Repository)
	}
	if _, ok := advisory.ParseSeverity(l.Severity); !ok && l.Severity != "" {
		return nil, fmt.Errorf("%s: severity %q is none of critical, high, medium, low and null", id, l.Severity)
	}
	a := &github.Advisory{
		ID: id, Repository: org + "/" + r.Name, CVE: l.CVEID, Summary: l.Summary, Severity: strings.ToLower(l.Severity),
		CWEs: l.CWEIDs, State: "draft", Author: org + "-admin",
	}
	if l.CVSS != nil {
		a.Vector, a.Score = l.CVSS.Vector, l.CVSS.Score
	}
	if l.PublishedAt != "" {
		t, err := time.Parse(time.RFC3339, l.PublishedAt)
		if err != nil {
			if t, err = time.Parse(time.DateOnly, l.PublishedAt); err != nil {
				return nil, fmt.Errorf("%s: published_at %q is no time", id, l.PublishedAt)
			}
		}
		for t = t.AddDate(0, 0, -90); !t.Before(now); {
			t = t.AddDate(-1, 0, 0)
		}
		a.Created, a.Updated = t, t
	}
	return a, nil
}

// dateTheRest gives the advisories without a time of creation one.
func dateTheRest(w *github.World) {
	earliest := w.Now()
	for _, a := range w.Advisories {
		if !a.Created.IsZero() && a.Created.Before(earliest) {
			earliest = a.Created
		}
	}
	for _, a := range w.Advisories {
		if a.Created.IsZero() {
			earliest = earliest.AddDate(0, 0, -7)
			a.Created, a.Updated = earliest, earliest
		}
	}
}
