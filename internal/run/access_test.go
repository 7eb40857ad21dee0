package run

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// Every condition of opening a draft, each changed alone from an owner who is given
// access.
func TestAdmit(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 19, 5, 0, 0, 0, time.UTC) // midnight there
	byFile := applicant{told: true, due: true, asked: true, right: owner.Yes, known: ledger.Collaborator{Announced: now.Add(-time.Second)}}
	named := applicant{told: true, due: true, configured: true}
	change := func(a applicant, f func(*applicant)) applicant { f(&a); return a }
	ago := func(d time.Duration) func(*applicant) {
		return func(a *applicant) { a.known.Announced = now.Add(-d) }
	}
	gone := ledger.Collaborator{Announced: now.AddDate(0, 0, -9), Seen: now.AddDate(0, 0, -3), Gone: now.AddDate(0, 0, -2)}
	for name, tt := range map[string]struct {
		applicant
		mode config.Access
		want admission
	}{
		"by a file, access none":        {byFile, config.AccessNone, doorOff},
		"by a file, access configured":  {byFile, config.AccessConfigured, doorOff},
		"by a file":                     {byFile, config.AccessOwners, doorGive},
		"named, access none":            {named, config.AccessNone, doorOff},
		"named, access configured":      {named, config.AccessConfigured, doorGive},
		"named, access owners":          {named, config.AccessOwners, doorGive},
		"named, and nothing is due":     {change(named, func(a *applicant) { a.due = false }), config.AccessOwners, doorIdle},
		"named, with whatever right":    {change(named, func(a *applicant) { a.asked, a.right, a.many = true, owner.No, true }), config.AccessOwners, doorGive},
		"named, owed by an earlier run": {change(named, func(a *applicant) { a.due, a.known.Owed = false, now }), config.AccessConfigured, doorGive},
		"by a file, owed by an earlier run": {change(byFile, func(a *applicant) {
			a.due, a.known = false, ledger.Collaborator{Owed: now, Announced: now.AddDate(0, 0, -1)}
		}), config.AccessOwners, doorGive},
		"off, and nothing is due":              {change(byFile, func(a *applicant) { a.due = false }), config.AccessConfigured, doorIdle},
		"removed, and nothing is due":          {change(byFile, func(a *applicant) { a.due, a.known = false, gone }), config.AccessOwners, doorRemoved},
		"removed since the last run":           {change(byFile, func(a *applicant) { a.known = ledger.Collaborator{Seen: now} }), config.AccessOwners, doorRemoved},
		"removed, access none":                 {change(byFile, func(a *applicant) { a.known = gone }), config.AccessNone, doorOff},
		"named once by a file, nothing due":    {change(named, func(a *applicant) { a.due = false; a.known.Announced = now.AddDate(0, 0, -1) }), config.AccessOwners, doorIdle},
		"collaborates":                         {change(byFile, func(a *applicant) { a.collaborates = true }), config.AccessOwners, doorOpen},
		"collaborates, access none":            {change(byFile, func(a *applicant) { a.collaborates = true }), config.AccessNone, doorOpen},
		"administers":                          {change(byFile, func(a *applicant) { a.opens = owner.Yes }), config.AccessOwners, doorOpen},
		"can't open it":                        {change(byFile, func(a *applicant) { a.opens = owner.No }), config.AccessOwners, doorGive},
		"never announced":                      {change(byFile, func(a *applicant) { a.known = ledger.Collaborator{} }), config.AccessOwners, doorAnnounce},
		"never announced, nothing due":         {change(byFile, func(a *applicant) { a.known = ledger.Collaborator{}; a.due = false }), config.AccessOwners, doorIdle},
		"announced a second before midnight":   {change(byFile, ago(time.Second)), config.AccessOwners, doorGive},
		"announced at midnight":                {change(byFile, ago(0)), config.AccessOwners, doorAnnounced},
		"announced, nothing due":               {change(byFile, func(a *applicant) { a.due = false }), config.AccessOwners, doorGive},
		"announced today, nothing due":         {change(byFile, func(a *applicant) { a.due = false; a.known.Announced = now }), config.AccessOwners, doorAnnounced},
		"GitHub does not say who collaborates": {change(byFile, func(a *applicant) { a.told = false }), config.AccessOwners, doorUntold},
		"of another organization":              {change(named, func(a *applicant) { a.foreign = true }), config.AccessConfigured, doorForeign},
		"removed":                              {change(byFile, func(a *applicant) { a.known = gone }), config.AccessOwners, doorRemoved},
		"removed, and named":                   {change(named, func(a *applicant) { a.known = gone }), config.AccessConfigured, doorRemoved},
		"removed, and there again":             {change(byFile, func(a *applicant) { a.known = gone; a.known.Seen = now; a.collaborates = true }), config.AccessOwners, doorOpen},
		"refused":                              {change(byFile, func(a *applicant) { a.refused = true }), config.AccessOwners, doorRefused},
		"too many":                             {change(byFile, func(a *applicant) { a.many = true }), config.AccessOwners, doorMany},
		"not asked for the right":              {change(byFile, func(a *applicant) { a.asked = false }), config.AccessOwners, doorAsk},
		"a right that can't be known now":      {change(byFile, func(a *applicant) { a.right = owner.Later }), config.AccessOwners, doorLater},
		"a right that GitHub does not tell":    {change(byFile, func(a *applicant) { a.right = owner.Unknown }), config.AccessOwners, doorHidden},
		"no right":                             {change(byFile, func(a *applicant) { a.right = owner.No }), config.AccessOwners, doorNoRight},
		"no right, never announced":            {change(byFile, func(a *applicant) { a.right, a.known = owner.No, ledger.Collaborator{} }), config.AccessOwners, doorNoRight},
		"another run is at it":                 {change(byFile, func(a *applicant) { a.elsewhere = true }), config.AccessOwners, doorLater},
		"another run is at it, and named":      {change(named, func(a *applicant) { a.elsewhere = true }), config.AccessOwners, doorLater},
		"another run is at it, not announced":  {change(byFile, func(a *applicant) { a.elsewhere = true; a.known = ledger.Collaborator{} }), config.AccessOwners, doorAnnounce},
	} {
		if got := tt.admit(tt.mode, now, zone); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
		wait := tt.want == doorAnnounce || tt.want == doorAnnounced || tt.want == doorLater
		if tt.want.waits() != wait {
			t.Errorf("%s: comments wait: %v", name, tt.want.waits())
		}
	}
}

// Who applies for a draft: teams and people, each once, as far as somebody is reminded
// of it through them.
func TestApply(t *testing.T) {
	now := time.Date(2026, 11, 18, 7, 0, 0, 0, time.UTC)
	repo := advisory.Repository{Owner: "acme", Name: "rocket"}
	person := func(login string, account int64) owner.Party {
		return owner.Party{Recipient: reminder.UserRecipient(login), Login: login, Account: account, Owner: advisory.Owner{Kind: advisory.User, Name: login}, Route: owner.FromCatalog}
	}
	member := func(login, team, org string) owner.Party {
		p := person(login, 0)
		p.Owner = advisory.Owner{Kind: advisory.Team, Org: org, Name: team}
		return p
	}
	contact := func(team string, members int) owner.Party {
		return owner.Party{Recipient: reminder.TeamRecipient("acme", team), Owner: advisory.Owner{Kind: advisory.Team, Name: team}, Route: owner.FromCatalog, Members: members}
	}
	type want struct {
		who       reminder.Recipient
		many      bool
		admission admission
	}
	for name, tt := range map[string]struct {
		change  func(*advisory.Advisory, *reminder.Draft, *Assignment)
		parties []owner.Party
		idle    bool // nobody is reminded now
		opens   []reminder.Recipient
		want    []want
	}{
		"two of a team, and a person": {parties: []owner.Party{member("ann", "Core Team", ""), member("bob", "core-team", ""), person("cy", 3)},
			want: []want{{"team:acme/core-team", false, doorAsk}, {"user:cy", false, doorAsk}}},
		"nobody is reminded":        {parties: []owner.Party{person("cy", 3)}, idle: true},
		"of another organization":   {parties: []owner.Party{member("ann", "core", "other")}, want: []want{{"team:other/core", false, doorForeign}}},
		"one of a team can open it": {parties: []owner.Party{member("ann", "core", ""), member("bob", "core", "")}, opens: []reminder.Recipient{"user:ann"}, want: []want{{"team:acme/core", false, doorAsk}}},
		"the other can":             {parties: []owner.Party{member("ann", "core", ""), member("bob", "core", "")}, opens: []reminder.Recipient{"user:bob"}, want: []want{{"team:acme/core", false, doorAsk}}},
		"all of a team can":         {parties: []owner.Party{member("ann", "core", ""), member("bob", "core", "")}, opens: []reminder.Recipient{"user:ann", "user:bob"}},
		"a collaborator": {parties: []owner.Party{person("CY", 3)}, change: func(a *advisory.Advisory, _ *reminder.Draft, _ *Assignment) {
			a.CollaboratingUsers, a.Accounts = []string{"cy"}, map[string]int64{"cy": 3}
		}},
		"one who has renamed since": {parties: []owner.Party{person("cyrus", 3)}, change: func(a *advisory.Advisory, _ *reminder.Draft, _ *Assignment) {
			a.CollaboratingUsers, a.Accounts = []string{"cy"}, map[string]int64{"cy": 3}
		}},
		"another account of that login": {parties: []owner.Party{person("cy", 3)}, change: func(a *advisory.Advisory, _ *reminder.Draft, _ *Assignment) {
			a.CollaboratingUsers, a.Accounts = []string{"cy"}, map[string]int64{"cy": 4}
		}, want: []want{{"user:cy", false, doorAsk}}},
		"a collaborating team": {parties: []owner.Party{member("ann", "Core Team", "")}, change: func(a *advisory.Advisory, _ *reminder.Draft, _ *Assignment) {
			a.CollaboratingTeams = []advisory.Owner{{Kind: advisory.Team, Name: "core-team"}}
		}},
		"as many as max-owner allows":  {parties: []owner.Party{contact("core", 2), person("cy", 3)}, want: []want{{"team:acme/core", false, doorAsk}, {"user:cy", false, doorAsk}}},
		"one more":                     {parties: []owner.Party{contact("core", 3), person("cy", 3)}, want: []want{{"team:acme/core", true, doorMany}, {"user:cy", true, doorMany}}},
		"a team that nobody can count": {parties: []owner.Party{contact("core", 0)}, want: []want{{"team:acme/core", true, doorMany}}},
		"the same without a limit":     {parties: []owner.Party{contact("core", 0)}, change: func(_ *advisory.Advisory, _ *reminder.Draft, a *Assignment) { a.Config.MaxOwner = 0 }, want: []want{{"team:acme/core", false, doorAsk}}},
		"one who is not told of it":    {parties: []owner.Party{person("cy", 3)}, change: func(_ *advisory.Advisory, d *reminder.Draft, _ *Assignment) { d.Recipients = nil }},
		"unscored":                     {parties: []owner.Party{person("cy", 3)}, change: func(a *advisory.Advisory, _ *reminder.Draft, _ *Assignment) { a.Severity = advisory.Unscored }},
		"snoozed":                      {parties: []owner.Party{person("cy", 3)}, change: func(_ *advisory.Advisory, d *reminder.Draft, _ *Assignment) { d.SnoozedUntil = now.Add(time.Second) }},
		"until now":                    {parties: []owner.Party{person("cy", 3)}, change: func(_ *advisory.Advisory, d *reminder.Draft, _ *Assignment) { d.SnoozedUntil = now }, want: []want{{"user:cy", false, doorAsk}}},
		"of another severity": {parties: []owner.Party{person("cy", 3)}, change: func(_ *advisory.Advisory, _ *reminder.Draft, a *Assignment) {
			a.Severities = []advisory.Severity{advisory.Low}
		}},
	} {
		d := &advisory.Advisory{ID: "GHSA-2222-2222-2222", Repository: repo, State: advisory.Draft, Severity: advisory.High, Collaborated: true}
		draft := reminder.Draft{Advisory: d}
		for _, party := range tt.parties {
			draft.Recipients = append(draft.Recipients, party.Recipient)
		}
		a := Assignment{Config: config.Default()}
		a.Config.Access, a.Config.MaxOwner = config.AccessOwners, 3
		if tt.change != nil {
			tt.change(d, &draft, &a)
		}
		s := Snapshot{Now: now, Owners: owner.Result{ByAdvisory: map[string]*owner.Resolution{d.ID: {Repository: repo, Parties: tt.parties}}}}
		p := Plan{Drafts: []reminder.Draft{draft}}
		for _, party := range tt.parties[:1] {
			if !tt.idle {
				p.Send = append(p.Send, reminder.Digest{To: party.Recipient, Reminders: []reminder.Reminder{{Draft: &draft}}})
			}
		}
		if len(tt.want) > 1 {
			p.Send = append(p.Send, reminder.Digest{To: "user:cy", Reminders: []reminder.Reminder{{Draft: &draft}}})
		}
		opens := func(_ string, to reminder.Recipient) owner.Knowledge {
			for _, o := range tt.opens {
				if o == to {
					return owner.Yes
				}
			}
			return owner.No
		}
		var got []want
		for _, o := range apply(a, s, p.Drafts, p.reminded(), opens, ledger.New(), ledger.Claimant{}) {
			got = append(got, want{o.who, o.many, o.admission})
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of several who are told through one team it counts whether one of them can't open the
// draft, in whatever order they come.
func TestOneWhoCannotOpenADraftIsEnough(t *testing.T) {
	repo := advisory.Repository{Owner: "acme", Name: "rocket"}
	for want, can := range map[owner.Knowledge][]owner.Knowledge{
		owner.Yes:   {owner.Yes, owner.Yes, owner.Yes},
		owner.Later: {owner.Yes, owner.Later, owner.Yes},
		owner.No:    {owner.Yes, owner.Later, owner.No},
	} {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			d := &reminder.Draft{Advisory: &advisory.Advisory{Repository: repo}, Recipients: []reminder.Recipient{"user:0", "user:1", "user:2"}}
			var parties []owner.Party
			for _, n := range order {
				parties = append(parties, owner.Party{Recipient: d.Recipients[n], Owner: advisory.Owner{Kind: advisory.Team, Name: "core"}})
			}
			opens := func(_ string, to reminder.Recipient) owner.Knowledge { return can[slices.Index(d.Recipients, to)] }
			due := func(string, reminder.Recipient) bool { return true }
			if list := applicants(d, repo, parties, due, opens); len(list) != 1 || list[0].opens != want {
				t.Errorf("%v in the order %v: %+v, want one that is %v", can, order, list, want)
			}
		}
	}
}
