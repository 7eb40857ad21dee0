package thread

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/contact"
	"github.com/openedx/advisory-reminders/internal/discussion"
	"github.com/openedx/advisory-reminders/internal/ghsa"
	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/notify/notifytest"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const draftID = "GHSA-2222-2222-2222"

var began = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// A bench is a GitHub with drafts, and a channel to it.
type bench struct {
	*Client
	world  *sandbox.World
	github *sandbox.GitHub
}

func newBench(t *testing.T, drafts int) bench {
	t.Helper()
	w := &sandbox.World{
		Organizations: []*sandbox.Organization{{Login: "acme", Admins: []string{"dee"}, Members: []string{"ada"}}},
		Users:         []*sandbox.User{{Login: "ada"}, {Login: "dee"}},
		Repositories:  []*sandbox.Repository{{Owner: "acme", Name: "rocket"}},
	}
	for n := range drafts {
		w.Advisories = append(w.Advisories, &sandbox.Advisory{ID: fmt.Sprintf("GHSA-2222-2222-%04d", 2222+n), Repository: "acme/rocket", State: "draft",
			Severity: "high", Created: began.AddDate(0, -1, 0), Updated: began.AddDate(0, -1, 0), CollaboratingUsers: []string{"ada"}})
	}
	w.Tokens = map[string]*sandbox.Token{"t0ken": w.Installation("acme", nil, map[string]string{"repository_advisories": "write"})}
	w.SetTime(began)
	g, err := sandbox.StartGitHub(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	client, err := ghsa.NewClient(transport.Authorized(transport.New(transport.Options{Retries: 1, MinWait: time.Millisecond, MaxWait: time.Second}), "t0ken"), g.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	return bench{New(Config{Advisories: client, Now: w.Now, Pace: time.Nanosecond}), w, g}
}

// locked changes the world.
func (b bench) locked(change func(*sandbox.World)) {
	b.world.Lock()
	defer b.world.Unlock()
	change(b.world)
}

// delivery is the one of draft n to ada, as a run makes it.
func delivery(n int) notify.Delivery {
	id := fmt.Sprintf("GHSA-2222-2222-%04d", 2222+n)
	a := &advisory.Advisory{ID: id, Repository: advisory.Repository{Owner: "acme", Name: "rocket"}, State: advisory.Draft, Severity: advisory.High}
	digest := notifytest.One()
	digest.Items[0].ID = id
	return notify.Delivery{
		Delivery:  ledger.Delivery{ID: fmt.Sprintf("%032x", 7+n), Kind: ledger.Digest, To: []reminder.Recipient{"user:ada"}, Advisories: []string{id}, Cadence: "monthly"},
		Address:   id,
		Addresses: []string{"ada"},
		Parts:     []reminder.Digest{{To: "user:ada", Cadence: reminder.Monthly, Reminders: []reminder.Reminder{{Draft: &reminder.Draft{Advisory: a}}}}},
		Digests:   []notify.Digest{digest},
	}
}

// comments returns the texts on a draft.
func (b bench) comments(n int) (list []string) {
	b.locked(func(w *sandbox.World) {
		for _, c := range w.Advisories[n].Comments {
			list = append(list, c.Body)
		}
	})
	return list
}

func outcome(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "accepted"
	}
	var f *notify.Failure
	if !errors.As(err, &f) || f.Channel != "thread" {
		t.Fatalf("%T %v, want a *notify.Failure of the channel", err, err)
	}
	return map[notify.Outcome]string{notify.Unknown: "unknown", notify.AddressBlamed: "refused", notify.ChannelRefused: "channel", notify.Temporary: "temporary", notify.Moot: "moot"}[f.Outcome]
}

// Whatever GitHub does and nobody knows, each comment is there once after the run
// in which it was tried and one that tries it again.
func TestEachCommentOnce(t *testing.T) {
	switches := func(d sandbox.Discussions) func(bench) {
		return func(b bench) { b.world.Discussions = d }
	}
	publish := func(b bench) { b.world.Advisories[0].State = "published" }
	posts := func(answer func(b bench, w http.ResponseWriter, r *http.Request)) func(bench) {
		return func(b bench) {
			once := true
			b.github.Fault = func(r *http.Request) http.Handler {
				if r.Method != http.MethodPost || !once {
					return nil
				}
				once = false
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(b, w, r) })
			}
		}
	}
	made := func(b bench, r *http.Request) { b.github.Healthy().ServeHTTP(httptest.NewRecorder(), r) }
	for name, tt := range map[string]struct {
		set     func(bench)
		between func(bench) // before it is tried again
		first   string
		again   string // empty: it is not tried again
		there   int
	}{
		"all is well":       {first: "accepted", there: 1},
		"no author":         {set: switches(sandbox.Discussions{AuthorKey: "-"}), first: "accepted", there: 1},
		"another author":    {set: switches(sandbox.Discussions{AuthorKey: "author"}), first: "accepted", there: 1},
		"unmoved":           {set: switches(sandbox.Discussions{Unmoved: true}), first: "accepted", there: 1},
		"not counted":       {set: switches(sandbox.Discussions{NoCount: true}), first: "accepted", there: 1},
		"listed late":       {set: switches(sandbox.Discussions{Late: 30 * time.Second}), first: "accepted", there: 1},
		"lost":              {set: switches(sandbox.Discussions{Lose: 1}), first: "unknown", again: "accepted", there: 1},
		"lost, no author":   {set: switches(sandbox.Discussions{Lose: 1, AuthorKey: "-"}), first: "unknown", again: "accepted", there: 1},
		"lost, late":        {set: switches(sandbox.Discussions{Lose: 1, Late: 30 * time.Second}), first: "unknown", again: "accepted", there: 1},
		"lost, not counted": {set: switches(sandbox.Discussions{Lose: 1, NoCount: true, Unmoved: true}), first: "unknown", again: "accepted", there: 1},
		"lost, and others say much": {set: switches(sandbox.Discussions{Lose: 1}), between: func(b bench) {
			for range 150 {
				b.world.CommentOn(draftID, "ada", "me too")
			}
		}, first: "unknown", again: "accepted", there: 1},
		"lost, and edited by somebody": {set: switches(sandbox.Discussions{Lose: 1}), between: func(b bench) {
			b.world.Advisories[0].Comments[0].Body = "edited, " + b.world.Advisories[0].Comments[0].Body
		}, first: "unknown", again: "accepted", there: 1},
		"lost, and taken away": {set: switches(sandbox.Discussions{Lose: 1}), between: func(b bench) {
			b.world.Advisories[0].Comments = nil
		}, first: "unknown", again: "accepted", there: 1},
		"lost, and published": {set: switches(sandbox.Discussions{Lose: 1}), between: publish, first: "unknown", again: "moot", there: 1},
		"lost, and lost again": {set: switches(sandbox.Discussions{Lose: 2}), between: func(b bench) {
			b.world.Advisories[0].Comments = nil
		}, first: "unknown", again: "unknown", there: 1},
		"500, and it was not made": {set: posts(func(_ bench, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), first: "unknown", again: "accepted", there: 1},
		"502, and it was made":     {set: posts(func(b bench, w http.ResponseWriter, r *http.Request) { made(b, r); w.WriteHeader(502) }), first: "unknown", again: "accepted", there: 1},
		"an answer that is cut": {set: posts(func(b bench, w http.ResponseWriter, r *http.Request) {
			made(b, r)
			w.Header().Set("Content-Length", "9")
			w.WriteHeader(201)
		}), first: "unknown", again: "accepted", there: 1},
		"a page of something else": {set: posts(func(b bench, w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }), first: "unknown", again: "accepted", there: 1},
		"403":                      {set: switches(sandbox.Discussions{Refuse: 403}), first: "channel"},
		"404":                      {set: switches(sandbox.Discussions{Refuse: 404}), first: "refused"},
		"410":                      {set: switches(sandbox.Discussions{Refuse: 410}), first: "refused"},
		"422":                      {set: switches(sandbox.Discussions{Refuse: 422}), first: "refused"},
		"401":                      {set: switches(sandbox.Discussions{Refuse: 401}), first: "channel"},
		"published":                {set: publish, first: "moot"},
		"published, and 403": {set: func(b bench) {
			posts(func(_ bench, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })(b)
			publish(b)
		}, first: "moot"},
		"closed, and 422": {set: func(b bench) { switches(sandbox.Discussions{Refuse: 422})(b); b.world.Advisories[0].State = "closed" }, first: "moot"},
		"out of sight":    {set: func(b bench) { b.world.Advisories = nil }, first: "channel"},
		"the right was lowered": {set: func(b bench) {
			b.world.Tokens["t0ken"] = b.world.Installation("acme", nil, map[string]string{"repository_advisories": "read"})
		}, first: "channel"},
		"a limit": {set: posts(func(_ bench, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}), first: "temporary"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			if tt.set != nil {
				b.locked(func(*sandbox.World) { tt.set(b) })
			}
			d := delivery(0)
			if got := outcome(t, b.Send(t.Context(), d)); got != tt.first {
				t.Fatalf("first: %s, want %s", got, tt.first)
			}
			if tt.again != "" {
				b.world.SetTime(began.Add(6 * time.Minute))
				if tt.between != nil {
					b.locked(func(*sandbox.World) { tt.between(b) })
				}
				d.Perhaps, d.Tried = true, began
				if got := outcome(t, b.Send(t.Context(), d)); got != tt.again {
					t.Errorf("again: %s, want %s", got, tt.again)
				}
			}
			if tt.there == 0 && len(b.world.Advisories) == 0 {
				return
			}
			there := 0
			for _, text := range b.comments(0) {
				there += strings.Count(text, discussion.Marker(d.ID))
			}
			if there != tt.there {
				t.Errorf("it is there %d times, want %d", there, tt.there)
			}
		})
	}
}

// What may have been posted is posted again no sooner than five minutes after it
// was tried, and never unseen.
func TestNotAgainTooSoon(t *testing.T) {
	for _, tt := range []struct {
		age   time.Duration // since the attempt; 0: nobody knows
		fault int           // of the list; 0: none
		want  string
		made  int
	}{
		{0, 0, "accepted", 1},
		{time.Second, 0, "temporary", 0},
		{5*time.Minute - time.Second, 0, "temporary", 0},
		{5 * time.Minute, 0, "accepted", 1},
		{time.Hour, 0, "accepted", 1},
		{time.Hour, 500, "temporary", 0},
		{time.Hour, 403, "channel", 0},
		{time.Hour, 404, "channel", 0},
	} {
		b := newBench(t, 1)
		b.now = func() time.Time { return began }
		b.locked(func(*sandbox.World) {
			b.github.Fault = func(r *http.Request) http.Handler {
				if tt.fault == 0 || !strings.Contains(r.URL.Path, "/comments") {
					return nil
				}
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(tt.fault) })
			}
		})
		d := delivery(0)
		if d.Perhaps = true; tt.age > 0 {
			d.Tried = began.Add(-tt.age)
		}
		if got := outcome(t, b.Send(t.Context(), d)); got != tt.want || len(b.comments(0)) != tt.made {
			t.Errorf("%v, %d: %s and %d comments, want %s and %d", tt.age, tt.fault, got, len(b.comments(0)), tt.want, tt.made)
		}
	}
}

// What the first of several attempts has posted is found by the last one, though the
// runs in between died and only the last attempt's time is known.
func TestFoundAfterSeveralAttempts(t *testing.T) {
	b := newBench(t, 1)
	b.locked(func(w *sandbox.World) { w.Discussions = sandbox.Discussions{Lose: 1} })
	d := delivery(0)
	d.Parts[0].Period = began.AddDate(0, 0, -1)
	if got := outcome(t, b.Send(t.Context(), d)); got != "unknown" {
		t.Fatalf("first: %s", got)
	}
	b.world.SetTime(began.AddDate(0, 0, 2))
	d.Perhaps, d.Tried = true, began.AddDate(0, 0, 1)
	if got := outcome(t, b.Send(t.Context(), d)); got != "accepted" || len(b.comments(0)) != 1 {
		t.Errorf("again: %s, and %d comments", got, len(b.comments(0)))
	}
}

// Right before the comment it is asked whether it may still go.
func TestTooLate(t *testing.T) {
	b := newBench(t, 1)
	d := delivery(0)
	d.MayGo = func() bool { return false }
	if got := outcome(t, b.Send(t.Context(), d)); got != "temporary" || len(b.github.Requests()) != 0 {
		t.Errorf("%s, after %v", got, b.github.Requests())
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	d.MayGo = nil
	if got := outcome(t, b.Send(stopped, d)); got != "temporary" || len(b.github.Requests()) != 0 {
		t.Errorf("stopped: %s, after %v", got, b.github.Requests())
	}
}

// Comments are made one after the other, however many want to.
func TestOneAfterTheOther(t *testing.T) {
	const n = 20
	b := newBench(t, n)
	for i, err := range transport.Each(n, 8, func(i int) error { return b.Send(t.Context(), delivery(i)) }) {
		if err != nil || len(b.comments(i)) != 1 {
			t.Errorf("draft %d: %v and %d comments", i, err, len(b.comments(i)))
		}
	}
	synctest.Test(t, func(t *testing.T) {
		p := newPace(time.Second, time.Now, nil)
		under, most, done := 0, 0, 0
		for range 5 {
			go func() {
				end, f := p.begin(t.Context())
				if f != nil {
					t.Error(f)
					return
				}
				under++
				most = max(most, under)
				time.Sleep(time.Minute) // as long as GitHub takes, in the bubble's time
				under--
				done++
				end()
			}()
		}
		began := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		if most != 1 {
			t.Errorf("%d at once", most)
		}
		if took := 5*time.Minute + 4*time.Second; done != 5 || !p.until.Equal(began.Add(took+p.interval)) {
			t.Errorf("%d were made, the next not before %v; want %v", done, p.until.Sub(began), took+p.interval)
		}
	})
}

func TestPace(t *testing.T) {
	var slept []time.Duration
	now := began
	p := newPace(time.Hour, func() time.Time { return now }, func(_ context.Context, d time.Duration) error {
		slept, now = append(slept, d), now.Add(d)
		return nil
	})
	for range 3 {
		end, f := p.begin(t.Context())
		if f != nil {
			t.Fatal(f)
		}
		end()
	}
	if len(slept) != 2 || slept[0] != time.Hour {
		t.Errorf("waited %v, want twice an hour", slept)
	}
	p.wait = notify.Wait
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, f := p.begin(ctx); f == nil || f.Outcome != notify.Temporary {
		t.Errorf("told to stop while it waits: %v", f)
	}
	if newPace(0, time.Now, nil).interval != time.Second {
		t.Error("the default is not a second")
	}

	p = newPace(time.Nanosecond, time.Now, nil)
	for range mostInRun {
		end, f := p.begin(t.Context())
		if f != nil {
			t.Fatal(f)
		}
		p.count()
		end()
	}
	if _, f := p.begin(t.Context()); f == nil || f.Outcome != notify.Held {
		t.Errorf("comment %d: %v", mostInRun+1, f)
	}
}

// Once GitHub asks to wait for longer than there is time, nothing more is asked of
// it before the channel is told to try again.
func TestALimitStopsAll(t *testing.T) {
	b := newBench(t, 2)
	b.locked(func(*sandbox.World) {
		b.github.Fault = func(*http.Request) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(403)
			})
		}
	})
	for i := range 2 {
		if got := outcome(t, b.Send(t.Context(), delivery(i))); got != "temporary" {
			t.Errorf("draft %d: %s", i, got)
		}
	}
	if n := len(b.github.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	b.locked(func(*sandbox.World) { b.github.Fault = nil })
	b.Again()
	for i := range 2 {
		if got := outcome(t, b.Send(t.Context(), delivery(i))); got != "accepted" {
			t.Errorf("draft %d, again: %s", i, got)
		}
	}
}

// One comment is made for each advisory, naming everybody who is due for it; a
// team is not called.
func TestBatch(t *testing.T) {
	c := New(Config{})
	draft := func(id string, s advisory.Severity, days int) *reminder.Draft {
		return &reminder.Draft{Advisory: &advisory.Advisory{ID: id, Severity: s}, Opened: began.AddDate(0, 0, -days)}
	}
	old, young, low := draft("GHSA-old", advisory.High, 9), draft("GHSA-young", advisory.High, 1), draft("GHSA-low", advisory.Low, 99)
	to := func(login string, cadence reminder.Cadence, drafts ...*reminder.Draft) notify.Addressed {
		d := notify.Addressed{Digest: reminder.Digest{To: reminder.UserRecipient(login), Cadence: cadence}, Address: login}
		for _, x := range drafts {
			d.Reminders = append(d.Reminders, reminder.Reminder{Draft: x})
		}
		return d
	}
	type comment struct{ ID, Cadence, Names string }
	got := func(digests ...notify.Addressed) (list []comment) {
		for _, d := range c.Batch(digests) {
			names := strings.Join(d.Addresses, " ")
			for i, p := range d.Parts {
				if p.To != d.To[i] || p.To != reminder.UserRecipient(d.Addresses[i]) || len(p.Reminders) != 1 || p.Reminders[0].ID != d.Advisories[0] || p.Cadence.String() != d.Cadence {
					t.Errorf("part %d of %s is %+v", i, d.Address, p)
				}
			}
			if d.Kind != ledger.Digest || d.Address != d.Advisories[0] || len(d.Advisories) != 1 || len(d.To) != len(d.Parts) {
				t.Errorf("delivery %+v", d)
			}
			list = append(list, comment{d.Address, d.Cadence, names})
		}
		return list
	}
	want := []comment{{"GHSA-old", "monthly", "Ada ben"}, {"GHSA-young", "monthly", "Ada"}, {"GHSA-low", "semiannually", "ben"}}
	if diff := cmp.Diff(want, got(to("ben", reminder.Semiannually, low), to("ben", reminder.Monthly, old), to("Ada", reminder.Monthly, young, old))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	some := to("cy", reminder.Monthly, old)
	some.Again = "d1" // they stood in a comment that may be there
	want = []comment{{"GHSA-old", "monthly", "Ada ben"}, {"GHSA-old", "monthly", "cy"}}
	if diff := cmp.Diff(want, got(some, to("ben", reminder.Monthly, old), to("Ada", reminder.Monthly, old))); diff != "" {
		t.Errorf("again (-want +got)\n%s", diff)
	}
	for n, want := range map[int][]int{0: nil, 1: {1}, mostNamed: {mostNamed}, mostNamed + 1: {mostNamed, 1}} {
		var digests []notify.Addressed
		for i := range n {
			digests = append(digests, to(fmt.Sprintf("user-%03d", i), reminder.Monthly, old))
		}
		var sizes []int
		for _, d := range got(digests...) {
			sizes = append(sizes, len(strings.Fields(d.Names)))
		}
		if !slices.Equal(sizes, want) {
			t.Errorf("%d people: %v, want %v", n, sizes, want)
		}
	}
	for name, tt := range map[string]struct {
		contact contact.Contact
		address string
	}{
		"a person":               {contact.Contact{Login: "ada", Emails: []string{"a@example.org"}}, "ada"},
		"a team with an address": {contact.Contact{Emails: []string{"a@example.org"}}, ""},
		"what could call a team": {contact.Contact{Login: "acme/core"}, ""},
		"who can't open it":      {contact.Contact{Login: "ada", Shut: true}, ""},
		"an app":                 {contact.Contact{Login: "ci[bot]"}, ""},
		"nobody":                 {contact.Contact{}, ""},
	} {
		if address, ask := c.Knows(tt.contact); address != tt.address || ask {
			t.Errorf("%s: %q, %v", name, address, ask)
		}
	}
	if c.Name() != "thread" || len(c.Find(t.Context(), make([]contact.Contact, 3))) != 3 {
		t.Error("the channel's name, or what it finds")
	}
	var _ notify.Channel = c
}

// The longest comment is far below what GitHub may take.
func TestCommentIsShort(t *testing.T) {
	c := New(Config{})
	d := delivery(0)
	d.Digests[0].Commands = true
	d.Addresses = slices.Repeat([]string{strings.Repeat("a", 39)}, mostNamed)
	d.Digests[0].Texts.ProcessURL = "https://example.org/" + strings.Repeat("x", 900)
	if n := len(c.Text(d)); n > 4000 || !strings.Contains(c.Text(d), "How it goes on") {
		t.Errorf("%d characters", n)
	}
}

// A comment of a former period is not taken for this period's, though by a wrong
// clock it bears its id.
func TestCommentOfAFormerPeriod(t *testing.T) {
	for made, want := range map[time.Duration]int{-time.Second: 2, 0: 1} {
		b := newBench(t, 1)
		d := delivery(0)
		b.world.SetTime(began.Add(made))
		if got := outcome(t, b.Send(t.Context(), d)); got != "accepted" {
			t.Fatal(got)
		}
		b.world.SetTime(began.Add(time.Hour))
		d.Perhaps, d.Parts[0].Period = true, began
		if got := outcome(t, b.Send(t.Context(), d)); got != "accepted" || len(b.comments(0)) != want {
			t.Errorf("%v after the period's start: %s, %d comments, want %d", made, got, len(b.comments(0)), want)
		}
	}
}

// A comment of which two runs died one after the other is found, however long before
// the last of them it was made.
func TestCommentOfARunBeforeTheLast(t *testing.T) {
	for _, after := range []time.Duration{20 * time.Minute, 42 * time.Minute, 5 * 24 * time.Hour} {
		b := newBench(t, 1)
		d := delivery(0)
		d.Parts[0].Period = began.AddDate(0, 0, -1)
		if got := outcome(t, b.Send(t.Context(), d)); got != "accepted" {
			t.Fatal(got)
		}
		d.Perhaps, d.Tried = true, began.Add(after)
		b.world.SetTime(d.Tried.Add(10 * time.Minute))
		if got := outcome(t, b.Send(t.Context(), d)); got != "accepted" || len(b.comments(0)) != 1 {
			t.Errorf("a run that died %v later: %s, %d comments, want 1", after, got, len(b.comments(0)))
		}
	}
}

// A comment calls a draft new where it is new to everybody in it.
func TestWhatIsNewToSomeIsNotCalledNew(t *testing.T) {
	for _, tt := range []struct{ first, second, want bool }{{true, true, true}, {true, false, false}, {false, true, false}} {
		d := delivery(0)
		d.Addresses = []string{"ada", "ben"}
		d.Digests = slices.Repeat(d.Digests[:1], 2)
		for n, fresh := range []bool{tt.first, tt.second} {
			d.Digests[n].Items = slices.Clone(d.Digests[n].Items)
			d.Digests[n].Items[0].New = fresh
		}
		if got := strings.Contains(New(Config{}).Text(d), ", new"); got != tt.want || d.Digests[0].Items[0].New != tt.first {
			t.Errorf("%+v: called new %v", tt, got)
		}
	}
}
