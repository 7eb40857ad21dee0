package github

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// The bodies of the REST API. Every field that GitHub promises is there, since
// a client may rely on any.

func (c *call) advisory(a *Advisory) map[string]any {
	owner, name, _ := strings.Cut(a.Repository, "/")
	identifiers := []any{map[string]any{"type": "GHSA", "value": a.ID}}
	if a.CVE != "" {
		identifiers = append(identifiers, map[string]any{"type": "CVE", "value": a.CVE})
	}
	var submission any
	if a.Reported {
		submission = map[string]any{"accepted": a.State != "triage"}
	}
	vulnerabilities := []any{}
	for _, v := range a.Vulnerabilities {
		vulnerabilities = append(vulnerabilities, map[string]any{
			"package":                  map[string]any{"ecosystem": v.Ecosystem, "name": orNull(v.Package)},
			"vulnerable_version_range": orNull(v.Affected),
			"patched_versions":         orNull(v.Patched),
			"vulnerable_functions":     append([]string{}, v.Functions...),
		})
	}
	cwes := []any{}
	for _, id := range a.CWEs {
		cwes = append(cwes, map[string]any{"cwe_id": id, "name": weaknesses[id]})
	}
	credits, detailed := []any{}, []any{}
	for _, cr := range a.Credits {
		credits = append(credits, map[string]any{"login": cr.Login, "type": cr.Type})
		detailed = append(detailed, map[string]any{"user": c.account(cr.Login), "type": cr.Type, "state": cr.State})
	}
	users, teams := []any{}, []any{}
	for _, login := range a.CollaboratingUsers {
		users = append(users, c.account(login))
	}
	if org := c.world.Organization(owner); org != nil {
		for _, slug := range a.CollaboratingTeams {
			if t := org.Team(slug); t != nil {
				teams = append(teams, c.team(org, t))
			}
		}
	}
	var fork any
	if r := c.world.Repository(a.PrivateFork); a.PrivateFork != "" && r != nil {
		fork = c.simpleRepository(r)
	}
	m := map[string]any{
		"ghsa_id": a.ID, "cve_id": orNull(a.CVE),
		"url":      fmt.Sprintf("%s/repos/%s/%s/security-advisories/%s", c.base, owner, name, a.ID),
		"html_url": fmt.Sprintf("%s/%s/%s/security/advisories/%s", c.pages, owner, name, a.ID),
		"summary":  a.Summary, "description": orNull(a.Description), "severity": orNull(a.Severity),
		"author": c.accountOrNull(a.Author), "publisher": c.accountOrNull(a.Publisher),
		"identifiers": identifiers, "state": a.State,
		"created_at": orNullTime(a.Created), "updated_at": orNullTime(a.Updated),
		"published_at": orNullTime(a.Published), "closed_at": orNullTime(a.Closed),
		"withdrawn_at": orNullTime(a.Withdrawn),
		"submission":   submission, "vulnerabilities": vulnerabilities,
		"cvss":            cvss(a.Vector, a.Score),
		"cvss_severities": map[string]any{"cvss_v3": cvss(a.Vector, a.Score), "cvss_v4": cvss(a.VectorV4, a.ScoreV4)},
		"cwes":            cwes, "cwe_ids": append([]string{}, a.CWEs...),
		"credits": credits, "credits_detailed": detailed,
		"collaborating_users": users, "collaborating_teams": teams, "private_fork": fork,
		"comments": a.commentCount(),
	}
	if c.world.Discussions.NoCount {
		delete(m, "comments")
	}
	return m
}

func cvss(vector string, score float64) map[string]any {
	if vector == "" {
		return map[string]any{"vector_string": nil, "score": nil}
	}
	return map[string]any{"vector_string": vector, "score": score}
}

var weaknesses = map[string]string{
	"CWE-22":  "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')",
	"CWE-79":  "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')",
	"CWE-89":  "Improper Neutralization of Special Elements used in an SQL Command ('SQL Injection')",
	"CWE-200": "Exposure of Sensitive Information to an Unauthorized Actor",
	"CWE-284": "Improper Access Control",
	"CWE-352": "Cross-Site Request Forgery (CSRF)",
	"CWE-601": "URL Redirection to Untrusted Site ('Open Redirect')",
	"CWE-862": "Missing Authorization",
	"CWE-918": "Server-Side Request Forgery (SSRF)",
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orNullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func nodeID(kind string, id int) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%08x", id))
}

func (c *call) accountOrNull(login string) any {
	if login == "" {
		return nil
	}
	return c.account(login)
}

// account is a "simple user": a person, an app or an organization.
func (c *call) account(login string) map[string]any {
	kind, page := "User", login
	if u := c.world.User(login); u != nil {
		login, page = u.Login, u.Login
		if u.Bot {
			kind, page = "Bot", "apps/"+strings.TrimSuffix(login, "[bot]")
		}
	} else if o := c.world.Organization(login); o != nil {
		kind, login, page = "Organization", o.Login, o.Login
	} else if app, ok := strings.CutSuffix(login, "[bot]"); ok {
		kind, page = "Bot", "apps/"+app
	}
	id, api := int(c.world.accountNumber(login)), c.base+"/users/"+login
	return map[string]any{
		"login": login, "id": id, "node_id": nodeID("U", id), "type": kind,
		"user_view_type": "public", "site_admin": false, "gravatar_id": "",
		"avatar_url": fmt.Sprintf("%s/avatars/u/%d?v=4", c.base, id),
		"url":        api, "html_url": c.pages + "/" + page,
		"followers_url": api + "/followers", "following_url": api + "/following{/other_user}",
		"gists_url": api + "/gists{/gist_id}", "starred_url": api + "/starred{/owner}{/repo}",
		"subscriptions_url": api + "/subscriptions", "organizations_url": api + "/orgs",
		"repos_url": api + "/repos", "events_url": api + "/events{/privacy}",
		"received_events_url": api + "/received_events",
	}
}

func (c *call) team(org *Organization, t *Team) map[string]any {
	m := c.simpleTeam(org, t)
	m["parent"] = nil
	if p := org.Team(t.Parent); p != nil {
		m["parent"] = c.simpleTeam(org, p)
	}
	return m
}

func (c *call) simpleTeam(org *Organization, t *Team) map[string]any {
	id, orgID := number("team", org.Login+"/"+t.Slug), number("account", org.Login)
	api := fmt.Sprintf("%s/organizations/%d/team/%d", c.base, orgID, id)
	return map[string]any{
		"id": id, "node_id": nodeID("T", id), "name": t.Name, "slug": t.Slug,
		"description": orNull(t.Description), "privacy": "closed", "permission": "pull",
		"notification_setting": "notifications_enabled",
		"type":                 "organization", "organization_id": orgID, "url": api,
		"html_url":    fmt.Sprintf("%s/orgs/%s/teams/%s", c.pages, org.Login, t.Slug),
		"members_url": api + "/members{/member}", "repositories_url": api + "/repos",
	}
}
