package ghsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openedx/advisory-reminders/internal/transport"
)

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
