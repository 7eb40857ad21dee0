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
func (c *Client) Administer(ctx context.Context, seats []Seat) (known map[Seat]bool, refused bool) {
	answers := make([]seatAnswer, len(seats))
	questions := make([]*question, len(seats))
	for i, seat := range seats {
		questions[i] = newQuestion(seatKind, &answers[i],
			map[string]string{"owner": seat.Repository.Owner, "name": seat.Repository.Name, "login": seat.Login})
	}
	c.session().askAll(ctx, seatsPerCall, questions)
	known = make(map[Seat]bool, len(seats))
	for i, seat := range seats {
		a := questions[i].answer
		if a.status == unseen && !a.refused {
			continue
		}
		standing := answers[i].standing(seat.Login)
		known[seat] = standing == Administrator
		refused = refused || standing == Unseen
	}
	return known, refused
}
