package github

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// getUser tells whose token it is.
func getUser(c *call) reply {
	if c.token == nil || c.token.App || c.token.Login == "" {
		return c.notAccessible()
	}
	m := c.account(c.token.Login)
	var name, email any
	if u := c.world.User(c.token.Login); u != nil {
		name, email = orNull(u.Name), orNull(u.Email)
	}
	since := stamp(time.Date(2019, time.March, 4, 10, 0, 0, 0, time.UTC))
	maps.Copy(m, map[string]any{
		"user_view_type": "private", "name": name, "email": email, "notification_email": email,
		"bio": nil, "blog": "", "company": nil, "location": nil, "hireable": nil,
		"twitter_username": nil, "followers": 0, "following": 0, "public_gists": 0, "public_repos": 0,
		"created_at": since, "updated_at": since, "collaborators": 0, "disk_usage": 0,
		"owned_private_repos": 0, "private_gists": 0, "total_private_repos": 0,
		"two_factor_authentication": true,
	})
	return found(m)
}

// getAccount tells who bears an account's id.
func getAccount(c *call) reply {
	for _, u := range c.world.Users {
		if fmt.Sprint(u.number()) == c.PathValue("id") {
			return found(c.account(u.Login))
		}
	}
	return notFound
}

// getAccountByLogin tells who bears a login, be it a person, an app or an
// organization.
func getAccountByLogin(c *call) reply {
	login := c.PathValue("login")
	if c.world.User(login) == nil && c.world.Organization(login) == nil {
		return notFound
	}
	return found(c.account(login))
}

// getMembership tells the bearer's role in an organization.
func getMembership(c *call) reply {
	if c.token == nil || c.token.App || c.token.Login == "" {
		return c.notAccessible().permission(c, "members=read")
	}
	org := c.world.Organization(c.PathValue("org"))
	if org == nil || !org.HasMember(c.token.Login) {
		return notFound
	}
	if !c.token.Members || !c.token.over(org.Login) {
		return c.notAccessible().permission(c, "members=read")
	}
	role := "member"
	if containsFold(org.Admins, c.token.Login) {
		role = "admin"
	}
	api := c.base + "/orgs/" + org.Login
	id := number("account", org.Login)
	return found(map[string]any{
		"url":   api + "/memberships/" + c.token.Login,
		"state": "active", "role": role, "organization_url": api,
		"user": c.account(c.token.Login),
		"organization": map[string]any{
			"login": org.Login, "id": id, "node_id": nodeID("O", id), "url": api,
			"repos_url": api + "/repos", "events_url": api + "/events", "hooks_url": api + "/hooks",
			"issues_url": api + "/issues", "members_url": api + "/members{/member}",
			"public_members_url": api + "/public_members{/member}",
			"avatar_url":         fmt.Sprintf("%s/avatars/u/%d?v=4", c.base, id), "description": orNull(org.Name),
		},
	}).permission(c, "members=read")
}

// getRateLimit tells what the headers of every answer say.
func (g *Server) getRateLimit(c *call) reply {
	reset := c.world.Now().Truncate(time.Hour).Add(time.Hour).Unix()
	limit := func(n int64) map[string]any {
		left := min(remaining(g.served.load()), n)
		return map[string]any{"limit": n, "remaining": left, "used": n - left, "reset": reset}
	}
	core := limit(hourlyLimit)
	return reply{status: http.StatusOK, body: map[string]any{
		"resources": map[string]any{"core": core, "graphql": limit(hourlyLimit), "search": limit(30)},
		"rate":      core,
	}}
}

// signature is who a commit is by, when the request doesn't say.
func (c *call) signature() gitSignature {
	name := c.token.Login
	if c.token.App || name == "" {
		name = "github-actions[bot]"
	}
	id := c.world.accountNumber(name)
	mail := fmt.Sprintf("%d+%s@users.noreply.github.com", id, strings.ToLower(name))
	return gitSignature{Name: name, Email: mail, Date: c.world.second()}
}
