package action_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// smallPages lets GitHub give no more than n advisories a page.
func (b *bench) smallPages(n int) {
	b.fault(func(r *http.Request) http.Handler {
		if !strings.HasSuffix(r.URL.Path, "/security-advisories") {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			q.Set("per_page", fmt.Sprint(n))
			r.URL.RawQuery = q.Encode()
			b.GitHub.Healthy().ServeHTTP(w, r)
		})
	})
}

// 60 drafts in 20 repositories over several pages: every digest is right, one
// message per recipient and cadence, and the second run sends none.
func TestSixtyDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld()
	org := w.Organizations[0]
	cadence := map[string]string{"critical": "weekly", "high": "monthly", "medium": "quarterly", "low": "semiannually"}
	severities := slices.Sorted(maps.Keys(cadence))
	want := make(map[string][]string) // by address and cadence
	for i := range 20 {
		// Every team shares one of its two members with the next.
		team := &sandbox.Team{Slug: fmt.Sprintf("team-%d", i), Name: fmt.Sprintf("Team.%d", i)}
		for _, n := range []int{i, (i + 1) % 20} {
			team.Members = append(team.Members, fmt.Sprintf("Person-%d", n))
		}
		login := fmt.Sprintf("Person-%d", i)
		org.Members = append(org.Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Name: login, Email: fmt.Sprintf("p%d@example.org", i)})
		org.Teams = append(org.Teams, team)
		repo := fmt.Sprintf("r%03d", i)
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: repo, Files: catalog("group:" + team.Name)})
		for k := range 3 {
			severity := severities[(i+k)%4]
			a := draft(w, repo, severity, wednesday.AddDate(-1, 0, -i-k))
			for _, n := range []int{i, (i + 1) % 20} {
				key := fmt.Sprintf("p%d@example.org %s", n, cadence[severity])
				want[key] = append(want[key], a.ID)
			}
		}
	}
	b := newBench(t, w)
	b.smallPages(25)
	first := b.must(0, nil)

	got := make(map[string][]string)
	for _, m := range first.mails {
		key := strings.Join(m.To, ",") + " " + strings.Replace(m.Header.Get("X-Reminder-Cadence"), "twice-yearly", "semiannually", 1)
		if got[key] != nil {
			t.Errorf("a second mail to %s", key)
		}
		got[key] = ids(m.Text)
	}
	for _, list := range []map[string][]string{want, got} {
		for _, l := range list {
			slices.Sort(l)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("digests by recipient and cadence (-want +got):\n%s", diff)
	}
	if len(first.mails) != len(want) {
		t.Errorf("%d mails, want one for each of %d recipients and cadences", len(first.mails), len(want))
	}
	if n := b.listed(); n != 4 {
		t.Errorf("%d pages of drafts and of private reports were asked for, want 3 and 1", n)
	}
	outputs := map[string]string{"open-drafts": "60", "due-reminders": "120", "digests-sent": fmt.Sprint(len(want)), "digests-failed": "0", "unrouted": "0"}
	if diff := cmp.Diff(outputs, first.outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}

	if !strings.Contains(first.stdout, "\nSent 80 digests; 0 failed. The report was sent.\n") {
		t.Errorf("the log does not end with the outcome:\n%s", tail(first.stdout))
	}
	t.Logf("requests of the first run: %v", b.kinds())
	b.GitHub.ResetRequests()
	b.now = b.now.AddDate(0, 0, 1)
	second := b.must(0, nil)
	t.Logf("requests of the second run: %v", b.kinds())
	if !strings.Contains(second.stdout, "\nThere was nothing to report.\n") {
		t.Errorf("the second log does not end with the outcome:\n%s", second.stdout)
	}
	if len(second.mails)+len(second.slack) != 0 {
		t.Errorf("the second run sent %d mails and %d Slack messages", len(second.mails), len(second.slack))
	}
}

// kinds counts the requests to GitHub by what they are for.
func (b *bench) kinds() map[string]int {
	n := make(map[string]int)
	for _, r := range b.GitHub.Requests() {
		switch {
		case isWrite(r), strings.Contains(r.Path, "/git/"), strings.Contains(r.Path, branchPath), strings.Contains(r.Path, "/contents/"):
			n["ledger"]++
		case r.GraphQL:
			n["GraphQL"]++
		case strings.Contains(r.Path, "security-advisories"):
			n["drafts"]++
		default:
			n["repository"]++
		}
	}
	return n
}

// listed counts the requests for lists of advisories.
func (b *bench) listed() int {
	n := 0
	for _, r := range b.GitHub.Requests() {
		if path, _, _ := strings.Cut(r.Path, "?"); strings.HasSuffix(path, "/security-advisories") {
			n++
		}
	}
	return n
}

// A report names each repository once of which somebody is told for the first time: under
// the route by which they own it, with all who are told by it.
func TestWhoIsToldForTheFirstTime(t *testing.T) {
	w := newWorld()
	for name, owner := range map[string]string{"bolt": "user:Ann", "gear": "group:rocketeers"} {
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: name, Files: catalog(owner)})
	}
	for _, repository := range []string{"rocket", "gear", "bolt", "rocket", "gear", "bolt"} {
		draft(w, repository, "critical", wednesday.AddDate(0, 0, -30))
	}
	// Two drafts of one repository can have an owner by two routes: the first counts.
	draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -40)).CollaboratingTeams = []string{"rocketeers"}
	draft(w, "orphan", "critical", wednesday.AddDate(0, 0, -30)).CollaboratingUsers = []string{"Ann"}
	b := newBench(t, w)
	told := func() string {
		_, section, _ := strings.Cut(b.must(0, nil).summary, "**Told for the first time.**")
		_, section, _ = strings.Cut(section, "\n\n")
		section, _, _ = strings.Cut(section, "\n\n")
		return strings.ReplaceAll(section, b.Env()["GITHUB_SERVER_URL"], "")
	}
	const want = "- <code>user:ann</code> · [acme/bolt](</acme/bolt>) · user:Ann, in catalog-info.yaml\n" +
		"- <code>user:ann</code>, <code>user:bob</code> · [acme/gear](</acme/gear>), [acme/rocket](</acme/rocket>) · group:rocketeers, in catalog-info.yaml\n" +
		"- <code>user:ann</code>, <code>user:bob</code> · [acme/orphan](</acme/orphan>) · group:rocketeers, in the advisory's collaborators"
	if got := told(); got != want {
		t.Errorf("the first report names\n%s\nwant\n%s", got, want)
	}
	b.now = b.now.AddDate(0, 0, 7)
	if again := told(); again != "" {
		t.Errorf("a week later it names\n%s", again)
	}
}

func TestAFewWeeks(t *testing.T) {
	w := newWorld()
	critical := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	draft(w, "orphan", "high", wednesday.AddDate(0, -2, 0))
	draft(w, "rocket", "", wednesday.AddDate(0, 0, -20))
	b := newBench(t, w)

	first := b.must(0, nil)
	if diff := cmp.Diff([]string{"ann@example.org", "bob@example.org", "cleo@example.org"}, first.to()); diff != "" {
		t.Errorf("first run's mails (-want +got):\n%s", diff)
	}
	report := first.reports()
	for _, want := range []string{"Needs an owner", "Needs a score", "acme/orphan", "Told for the first time"} {
		if !strings.Contains(report, want) {
			t.Errorf("the first report lacks %q:\n%s", want, report)
		}
	}
	for _, m := range first.mails {
		if strings.Contains(string(m.Data), "Secret title") {
			t.Errorf("a mail holds a title:\n%s", m.Data)
		}
	}
	if strings.Contains(report+first.summary+first.stdout, "Secret title") {
		t.Error("the report holds a title")
	}
	if !strings.Contains(first.summary, critical.ID) {
		t.Errorf("the job summary of a private repository lacks %s:\n%s", critical.ID, first.summary)
	}

	// The next Monday: the weekly ones again, and nothing else.
	b.now = time.Date(2026, 11, 23, 7, 17, 0, 0, time.UTC)
	second := b.must(0, nil)
	if diff := cmp.Diff([]string{"ann@example.org", "bob@example.org"}, second.to()); diff != "" {
		t.Errorf("next Monday's mails (-want +got):\n%s", diff)
	}
	if r := second.reports(); !strings.Contains(r, "Needs a score") || strings.Contains(r, "Needs an owner") {
		t.Errorf("next Monday's report:\n%s", r)
	}

	// Published: the report says so once.
	critical.State, critical.Published = "published", b.now
	b.now = b.now.AddDate(0, 0, 1)
	third := b.must(0, nil)
	if r := third.reports(); !strings.Contains(r, "Resolved") || !strings.Contains(r, critical.ID) {
		t.Errorf("the report after it was published:\n%s", r)
	}
	b.now = b.now.AddDate(0, 0, 1)
	if fourth := b.must(0, nil); len(fourth.mails)+len(fourth.slack) != 0 {
		t.Errorf("a quiet day has %d mails and the report %s", len(fourth.mails), fourth.reports())
	}

	// A heartbeat on Monday after a quiet week would say nothing new, were it
	// not for the unscored one; so take that away too.
	w.Lock()
	w.Advisories[3].State, w.Advisories[3].Closed = "closed", b.now
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 1)
	b.must(0, nil)
	b.now = time.Date(2026, 11, 30, 7, 17, 0, 0, time.UTC)
	if r := b.must(0, nil); len(r.mails) != 0 || len(r.slack) == 0 {
		t.Errorf("Monday has %d mails and %d Slack messages, want the heartbeat alone", len(r.mails), len(r.slack))
	}
}

func TestSeverityChangesAndNewMaintainers(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "low", wednesday.AddDate(0, -9, 0))
	b := newBench(t, w)
	b.must(0, nil)

	a.Severity = "critical"
	b.now = time.Date(2026, 11, 24, 7, 17, 0, 0, time.UTC) // Tuesday of the next week
	raised := b.must(0, nil)
	if len(raised.mails) != 2 || !strings.Contains(raised.reports(), "Changed severity") {
		t.Errorf("after the severity was raised: %d mails, report:\n%s", len(raised.mails), raised.reports())
	}
	a.Severity = "low"
	b.now = time.Date(2026, 12, 1, 7, 17, 0, 0, time.UTC)
	if lowered := b.must(0, nil); len(lowered.mails) != 0 {
		t.Errorf("after it was lowered: %d mails", len(lowered.mails))
	}
	w.Organizations[0].Teams[0].Members = append(w.Organizations[0].Teams[0].Members, "cleo")
	b.now = b.now.AddDate(0, 0, 1)
	if joined := b.must(0, nil); !slices.Equal(joined.to(), []string{"cleo@example.org"}) {
		t.Errorf("after cleo joined the team, mails went to %v", joined.to())
	}
}

func TestForceAndSeverities(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	if r := b.must(0, map[string]string{"INPUT_SEVERITIES": "high, low"}); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("severities high, low: mails to %v", r.to())
	}
	b.must(0, nil)
	force := map[string]string{"INPUT_FORCE": "true", "GITHUB_RUN_ID": "77"}
	if r := b.must(0, force); len(r.mails) != 3 {
		t.Errorf("force sent %d mails, want 3", len(r.mails))
	}
	force["GITHUB_RUN_ATTEMPT"] = "2"
	if r := b.must(0, force); len(r.mails) != 0 {
		t.Errorf("a re-run of the forced run sent %d mails, want none", len(r.mails))
	}
	force["GITHUB_RUN_ID"] = "78"
	if r := b.must(0, force); len(r.mails) != 3 {
		t.Errorf("another forced run sent %d mails, want 3", len(r.mails))
	}
}

func TestDryRun(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	dry := b.must(0, map[string]string{"INPUT_DRY-RUN": "true"})
	if len(dry.mails)+len(dry.slack) != 0 {
		t.Errorf("a dry run sent %d mails and %d messages", len(dry.mails), len(dry.slack))
	}
	for _, want := range []string{a.ID, "ann@example.org", "ann, weekly", "critical rocket\n"} {
		if !strings.Contains(dry.stdout, want) {
			t.Errorf("the preview lacks %q:\n%s", want, dry.stdout)
		}
	}
	if dry.outputs["digests-sent"] != "0" || dry.outputs["due-reminders"] != "2" {
		t.Errorf("outputs %v", dry.outputs)
	}
	if r := b.must(0, map[string]string{"INPUT_DRY-RUN": "true", "INPUT_AS-OF": "2026-10-19"}); r.outputs["due-reminders"] != "0" {
		t.Errorf("on the day it was opened it is due already:\n%s", r.stdout)
	}
	if r := b.must(0, nil); len(r.mails) != 2 {
		t.Errorf("the live run after it sent %d mails: the dry run wrote the ledger", len(r.mails))
	}
}

func TestVanished(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	b.must(0, nil)

	w.Lock()
	w.Advisories = w.Advisories[1:]
	w.Unlock()
	b.now = b.now.AddDate(0, 0, 7)
	gone := b.must(1, nil)
	if r := gone.reports(); !strings.Contains(r, a.ID) || !strings.Contains(r, "lost its right") {
		t.Errorf("the report doesn't raise the alarm:\n%s", r)
	}
	b.now = b.now.AddDate(0, 0, 7) // December: the high one
	if r := b.must(1, nil); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("mails to %v: the rest was not sent", r.to())
	}
	// Another scope is not concerned.
	if r := b.must(0, map[string]string{"INPUT_REPOSITORIES": "acme/wheel"}); len(r.mails) != 0 {
		t.Errorf("with repositories %d mails were sent", len(r.mails))
	}
	forget := map[string]string{"INPUT_CONFIG-TEXT": "forget: [" + a.ID + "]"}
	b.must(0, forget)
	b.must(0, nil)
}

func TestRepositoriesMode(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "high", wednesday.AddDate(0, -2, 0))
	b := newBench(t, w)
	if r := b.must(0, map[string]string{"INPUT_REPOSITORIES": "acme/wheel"}); !slices.Equal(r.to(), []string{"cleo@example.org"}) {
		t.Errorf("mails to %v", r.to())
	}
	for _, r := range b.GitHub.Requests() {
		if strings.HasPrefix(r.Path, "/orgs/") {
			t.Errorf("the organization was asked: %s", r.Path)
		}
	}
}

func TestBrake(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	if r := b.must(1, map[string]string{"INPUT_MAX-RECIPIENTS": "1"}); len(r.mails) != 0 || !strings.Contains(r.reports(), "max-recipients") {
		t.Errorf("%d mails, report:\n%s", len(r.mails), r.reports())
	} else if !strings.Contains(r.stdout, "\nSent 0 digests; 2 failed. The report was sent.\n") {
		t.Errorf("the log does not say what was held back:\n%s", r.stdout)
	}
	if r := b.must(0, map[string]string{"INPUT_MAX-RECIPIENTS": "2"}); len(r.mails) != 2 {
		t.Errorf("%d mails with room for 2", len(r.mails))
	}
}

// The brake is for people who were never told before: who is known gets theirs.
func TestTheBrakeIsForNewcomers(t *testing.T) {
	known := []string{"ann@example.org", "bob@example.org"}
	all := append([]string{"cleo@example.org", "toy-000@example.org", "toy-001@example.org"}, known...)
	slices.Sort(all)
	for _, tt := range []struct {
		most   string
		status int
		want   []string
		failed string // digests
	}{
		{"1", 1, known, "3"},
		{"2", 1, known, "3"},
		{"3", 0, all, "0"},
		{"4", 0, all, "0"},
		{"0", 0, all, "0"},
	} {
		t.Run(tt.most, func(t *testing.T) {
			w := newWorld()
			draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
			b := newBench(t, w)
			if r := b.must(0, map[string]string{"INPUT_MAX-RECIPIENTS": "2", "GITHUB_RUN_ID": "1"}); !slices.Equal(r.to(), known) {
				t.Fatalf("mails to %v", r.to())
			}
			draft(w, "wheel", "critical", wednesday.AddDate(0, 0, -30))
			crowded(w, 2)
			b.now = b.now.AddDate(0, 0, 7)
			r := b.must(tt.status, map[string]string{"INPUT_MAX-RECIPIENTS": tt.most, "GITHUB_RUN_ID": "2"})
			if diff := cmp.Diff(tt.want, r.to()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			outline, _, _ := strings.Cut(r.stdout, "\n\n") // what is going to be sent
			if held := strings.Contains(outline, "Held back by max-recipients: 3 digests."); held != (tt.failed != "0") || strings.Contains(outline, "cleo") == held || !strings.Contains(outline, "ann") {
				t.Errorf("the log begins with\n%s", outline)
			}
			if r.outputs["digests-failed"] != tt.failed {
				t.Errorf("%s digests failed, want %s", r.outputs["digests-failed"], tt.failed)
			}
			const advice = "3 people and teams would be told for the first time, and max-recipients allows "
			if said := strings.Contains(r.reports(), advice+tt.most); said != (tt.status != 0) {
				t.Errorf("the report says so: %v\n%s", said, r.reports())
			}
			b.now = b.now.AddDate(0, 0, 1)
			if r := b.must(0, map[string]string{"GITHUB_RUN_ID": "3"}); len(r.to())+len(tt.want) != len(all) {
				t.Errorf("then mails to %v", r.to())
			}
		})
	}
}

// A check says beforehand what a run would hold back, and which number lets it go.
func TestCheckSaysWhatTheBrakeHolds(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	for _, told := range []bool{false, true} {
		for most, want := range map[string]bool{"1": !told, "2": false, "0": false} {
			r := b.must(0, map[string]string{"INPUT_MAX-RECIPIENTS": most}, "check")
			table := strings.Join(strings.Fields(r.stdout), " ")
			if said := strings.Contains(table, "WARN recipients") && strings.Contains(table, "set max-recipients to 2"); said != want {
				t.Errorf("told before %v, max-recipients %s: it says so: %v\n%s", told, most, said, r.stdout)
			}
		}
		b.must(0, nil)
	}
}

func TestLedgerInAFile(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	env := map[string]string{"GITHUB_ACTIONS": "", "GITHUB_REPOSITORY": "", "GITHUB_RUN_ID": "", "INPUT_LEDGER": t.TempDir() + "/ledger.json"}
	if r := b.must(0, env); len(r.mails) != 2 {
		t.Errorf("%d mails, want 2", len(r.mails))
	}
	if r := b.must(0, env, "run"); len(r.mails) != 0 {
		t.Errorf("the second run sent %d mails", len(r.mails))
	}
}
