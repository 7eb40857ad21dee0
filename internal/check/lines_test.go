package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/transport"
)

// What a token's facts come to. An empty list proves nothing but for a classic
// token of an owner.
func TestTokenLines(t *testing.T) {
	repo := func(n int) advisory.Repository { return advisory.Repository{Owner: "acme", Name: fmt.Sprint("r", n)} }
	drafts := []advisory.Advisory{{ID: "GHSA-2222-3333-4444", Severity: advisory.Critical}, {ID: "GHSA-2222-3333-5555"}}
	listed := seen{Drafts: ghsa.Drafts{All: drafts}}
	many := func(n int) (list []advisory.Repository) {
		for i := range n {
			list = append(list, repo(i))
		}
		return list
	}
	classic := ghsa.Access{Bearer: ghsa.Classic, Login: "ann", Scopes: []string{"repo"}, Standing: ghsa.OwnerOf}
	member := classic
	member.Standing = ghsa.MemberOf
	advisories := classic
	advisories.Scopes = []string{"repository_advisories:write"}
	reading := classic
	reading.Scopes = []string{"repository_advisories:read"}
	app := ghsa.Access{Bearer: ghsa.Installation, Installed: many(2), Count: 2}
	for name, tt := range map[string]struct {
		facts tokenFacts
		want  string // findings and places
		text  string
	}{
		"owner's, empty":             {tokenFacts{access: classic}, "OK token, OK drafts", "can see all drafts of acme"},
		"the narrower scope":         {tokenFacts{access: advisories}, "OK token, OK drafts", "can see all"},
		"a scope that reads one":     {tokenFacts{access: reading}, "OK token, FAIL drafts", "neither the scope"},
		"owner's, drafts":            {tokenFacts{access: classic, list: listed}, "OK token, OK drafts", "sees 2 drafts: 1 critical, 1 without a score"},
		"member's, empty":            {tokenFacts{access: member}, "OK token, UNKNOWN drafts", "unless they are a security manager"},
		"member's, drafts":           {tokenFacts{access: member, list: listed}, "OK token, WARN drafts", "sees 2 drafts"},
		"app's, drafts":              {tokenFacts{access: app, all: many(2), total: 2, list: listed}, "OK token, OK drafts, OK coverage", "hidden from it"},
		"app's, one missing":         {tokenFacts{access: app, all: many(3), total: 3}, "OK token, UNKNOWN drafts, WARN coverage", "1 repository of acme: r2"},
		"app's, ten missing":         {tokenFacts{access: app, all: many(12), total: 12}, "OK token, UNKNOWN drafts, WARN coverage", "r10, r11; private"},
		"app's, eleven missing":      {tokenFacts{access: app, all: many(13), total: 13}, "OK token, UNKNOWN drafts, WARN coverage", "r11 and 1 more"},
		"app's, not all known":       {tokenFacts{access: app, all: many(2), total: 200}, "OK token, UNKNOWN drafts, WARN coverage", "sees 2 repositories of acme, which has 200"},
		"app's, list refused":        {tokenFacts{access: app, allErr: errors.New("refused")}, "OK token, UNKNOWN drafts, UNKNOWN coverage", "is not known: refused"},
		"app's, a temporary fork":    {tokenFacts{access: app, all: append(many(2), advisory.Repository{Owner: "acme", Name: "r1-ghsa-2222-3333-4444"}), total: 3}, "OK token, UNKNOWN drafts, OK coverage", ""},
		"no answer":                  {tokenFacts{access: ghsa.Access{Err: errors.New("no answer in time")}}, "UNKNOWN token, UNKNOWN drafts", "no answer in time"},
		"refused":                    {tokenFacts{access: ghsa.Access{Err: &transport.StatusError{Status: 401}}, list: seen{err: &transport.StatusError{Status: 401}}}, "FAIL token, FAIL drafts", "revoked or expired"},
		"list broken":                {tokenFacts{access: classic, list: seen{err: errors.New("the connection broke")}}, "OK token, FAIL drafts", "the connection broke"},
		"vanished":                   {tokenFacts{access: classic, list: seen{lost: []ghsa.Lost{{Sighting: advisory.Sighting{ID: "x"}, Err: fmt.Errorf("ask: %w", errors.New("gone"))}}}}, "OK token, OK drafts, FAIL drafts", "x in  was a draft"},
		"no scope at all":            {tokenFacts{access: ghsa.Access{Bearer: ghsa.Classic, Standing: ghsa.OwnerOf}}, "OK token, FAIL drafts", "(none)"},
		"fine-grained, unknown role": {tokenFacts{access: ghsa.Access{Bearer: ghsa.FineGrained, Refused: "members=read"}}, "OK token, UNKNOWN drafts", "members=read"},
	} {
		tt.facts.Organization = "acme"
		var got []string
		text := ""
		for _, l := range tt.facts.lines() {
			got = append(got, l.finding.String()+" "+l.what)
			text += l.detail + " " + l.do + "\n"
			if (l.finding == fail || l.finding == warn) && l.do == "" {
				t.Errorf("%s: nothing is said to do about %q", name, l.detail)
			}
		}
		if s := strings.Join(got, ", "); s != tt.want || !strings.Contains(text, tt.text) {
			t.Errorf("%s: %s, want %s with %q:\n%s", name, s, tt.want, tt.text, text)
		}
	}
}

func TestSlackScopes(t *testing.T) {
	for _, tt := range []struct {
		held          []string
		people, first bool
		want          finding
	}{
		{nil, true, true, unknown},
		{[]string{}, true, false, fail},
		{[]string{"chat:write"}, false, false, good},
		{[]string{"chat:write"}, true, false, warn},
		{[]string{"chat:write"}, true, true, fail},
		{[]string{"users:read.email"}, true, true, fail},
		{[]string{"chat:write", "users:read.email"}, true, true, good},
	} {
		if got := slackScopes(tt.held, tt.people, tt.first); got.finding != tt.want {
			t.Errorf("%v, people %v, first %v: %s, want %s", tt.held, tt.people, tt.first, got.finding, tt.want)
		}
	}
}

func TestWebhookLine(t *testing.T) {
	for address, want := range map[string]finding{
		"https://hooks.slack.com/services/T0/B0/s3cret":      good,
		"https://hooks.slack.com/triggers/T0/1/s3cret":       good,
		"https://hooks.slack.com/workflows/T0/triggers/a/b":  good,
		"https://hooks.slack.com/other/s3cret":               warn,
		"https://example.org/nothing/services/of/the/s3cret": warn,
	} {
		got := webhookLine(address, false)
		if got.finding != want || strings.Contains(got.detail+got.do, "s3cret") {
			t.Errorf("%s: %+v, want %s", address, got, want)
		}
	}
	if got := webhookLine("https://hooks.slack.com/services/x", true); got.finding != warn {
		t.Errorf("one that is not used: %+v", got)
	}
}

func TestSnoozeLines(t *testing.T) {
	until := time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Snooze = []config.Snooze{{Advisory: "GHSA-2222-3333-4444", Until: until}}
	for _, tt := range []struct {
		now  time.Time
		want finding
	}{
		{until.Add(-time.Nanosecond), good}, {until, warn}, {until.Add(time.Nanosecond), warn},
	} {
		if got := snoozeLines(cfg, tt.now); len(got) != 1 || got[0].finding != tt.want {
			t.Errorf("at %s: %+v, want %s", tt.now, got, tt.want)
		}
	}
}

// One part that breaks is a line, and hides no other.
func TestCheckPartThatPanics(t *testing.T) {
	parts := []part{
		{stepSlack, time.Minute, func(context.Context) group { panic("s3cret") }},
		{stepMail, time.Minute, func(context.Context) group { return group{{what: "mail server", detail: "well"}} }},
	}
	var groups []group
	for _, p := range parts {
		groups = append(groups, p.ask(t.Context()))
	}
	if groups[0][0].finding != fail || strings.Contains(groups[0][0].detail, "s3cret") || groups[1][0].detail != "well" {
		t.Errorf("%+v", groups)
	}
	if err := (Table{groups: groups}).Verdict(); err == nil || err.Error() != "check: failed at: "+stepSlack {
		t.Errorf("the verdict is %v", err)
	}
}
