package owner

import (
	"context"
	"strings"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Members are those of a team, child teams included.
type Members struct {
	Logins map[string]bool // in lower case; none where there is no such team, or GitHub does not show it to this token
	NotNow bool            // they can't be known now
}

// MembersOf asks for the members of teams, each with its organization, and returns
// them by TeamKey.
func (c *Client) MembersOf(ctx context.Context, teams []advisory.Owner) map[string]Members {
	q := c.Begin(ctx, Request{})
	q.mu.Lock()
	for _, t := range teams {
		q.askTeam(newTeamKey(t, t.Org))
	}
	q.mu.Unlock()
	q.Rest()
	q.wait()
	members := make(map[string]Members, len(teams))
	for _, t := range teams {
		known := q.known.teams[newTeamKey(t, t.Org)]
		m := Members{Logins: make(map[string]bool)}
		m.NotNow = known.status == unseen && !known.refused || known.status == found && known.incomplete != "" && !known.refused
		for _, a := range known.members {
			m.Logins[strings.ToLower(a.Login)] = true
		}
		members[TeamKey(t)] = m
	}
	return members
}

// Administer asks who administers which repository. A seat that is not in the result
// can't be known now; what GitHub does not tell this token is a no, and refused then.
func (c *Client) Administer(ctx context.Context, seats []Seat) (_ map[Seat]bool, refused bool) {
	known, asked := make(map[Seat]bool, len(seats)), askSeats(ctx, c.session(), seats)
	for _, one := range seats {
		switch asked[one.key()].ability().Admin {
		case Yes:
			known[one] = true
		case No:
			known[one] = false
		case Unknown:
			known[one], refused = false, true
		}
	}
	return known, refused
}
