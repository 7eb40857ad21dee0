package slack

import (
	"context"
	"strings"
)

// Access is what is known about a bot token.
type Access struct {
	Team, User string
	Scopes     []string // nil: Slack did not say
}

// Check asks whose token it is and which scopes it holds, and sends nothing.
// Its error is a *notify.Failure.
//
// Source: https://docs.slack.dev/reference/methods/auth.test
func (c *Client) Check(ctx context.Context) (Access, error) {
	var w watch
	got, err := c.api.AuthTestContext(w.over(ctx))
	if err != nil {
		return Access{}, w.readFailure(err)
	}
	a := Access{Team: got.Team, User: got.User}
	for _, list := range got.Header.Values("X-OAuth-Scopes") {
		a.Scopes = append(a.Scopes, strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return a, nil
}
