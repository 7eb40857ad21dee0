package ledger_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openedx/advisory-reminders/internal/ledger"
	"github.com/openedx/advisory-reminders/internal/reminder"
	"github.com/openedx/advisory-reminders/internal/sandbox"
)

const branchName = "advisory-reminders-ledger"

// made is a digest about the drafts with these numbers.
func made(to string, drafts ...int) ledger.Delivered {
	d := ledger.Delivered{
		Delivery: ledger.Delivery{
			ID: "id-of-" + to, Run: "7/remind", At: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
			To: reminder.UserRecipient(to), Channel: "email", Cadence: "weekly", Items: len(drafts),
		},
		Introduced: map[string]string{"acme/rocket": "group:crew, in CODEOWNERS"},
	}
	for _, n := range drafts {
		d.Advisories = append(d.Advisories, fmt.Sprintf("GHSA-aaaa-bbbb-%04d", n))
	}
	return d
}

// begin saves a ledger of three drafts on the branch.
func begin(t *testing.T, b *ledger.Branch) *ledger.Ledger {
	t.Helper()
	l, err := b.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		see(l, n)
	}
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	return l
}

func load(t *testing.T, g *sandbox.GitHub) *ledger.Ledger {
	t.Helper()
	l, err := newBranch(t, g, "reader").Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// as compares ledgers by what is remembered.
var as = cmp.Options{cmpopts.IgnoreUnexported(ledger.Ledger{}, ledger.Told{}), cmpopts.IgnoreFields(ledger.Ledger{}, "Nonce"), cmpopts.EquateEmpty()}

// Who reads the branch between two writes knows the same as who wrote it, and
// the next write takes the journal away.
func TestNote(t *testing.T) {
	g, w := startGitHub(t)
	b := newBranch(t, g, "writer")
	l := begin(t, b)
	for k, d := range []ledger.Delivered{made("ann", 0, 1), made("bob", 1, 2), made("cleo", 2)} {
		l.Deliver(d)
		g.ResetRequests()
		if err := b.Note(t.Context(), []ledger.Delivered{d}); err != nil {
			t.Fatalf("Note() %d: %v", k, err)
		}
		if n := len(g.Requests()); n != 1 {
			t.Errorf("Note() makes %d requests, want 1", n)
		}
		if diff := cmp.Diff(l, load(t, g), as); diff != "" {
			t.Errorf("after %d notes (-want +got):\n%s", k+1, diff)
		}
	}
	if text, ok := w.Repositories[0].BranchFile(branchName, "delivered.json"); !ok || strings.Count(text, "id-of-") != 3 {
		t.Errorf("the journal is %q", text)
	}
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if text, ok := w.Repositories[0].BranchFile(branchName, "delivered.json"); ok {
		t.Errorf("after the write the journal is %q", text)
	}
	g.ResetRequests()
	if diff := cmp.Diff(l, load(t, g), as); diff != "" {
		t.Errorf("after the write (-want +got):\n%s", diff)
	}
	if n := len(g.Requests()); n != 2 {
		t.Errorf("reading it takes %d requests, want 2", n)
	}
	if err := b.Note(t.Context(), []ledger.Delivered{made("dora", 0)}); err != nil {
		t.Fatal(err)
	}
	if text, _ := w.Repositories[0].BranchFile(branchName, "delivered.json"); strings.Count(text, "id-of-") != 1 {
		t.Errorf("the new journal is %q", text)
	}
}

// A run that finds the journal of one that broke off goes on from there: notes
// join it, and a write holds it.
func TestNoteAfterACrash(t *testing.T) {
	g, _ := startGitHub(t)
	b := newBranch(t, g, "writer")
	l := begin(t, b)
	l.Deliver(made("ann", 0))
	if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0)}); err != nil {
		t.Fatal(err)
	}
	next := newBranch(t, g, "writer")
	again, err := next.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again.Deliver(made("bob", 1))
	if err := next.Note(t.Context(), []ledger.Delivered{made("bob", 1)}); err != nil {
		t.Fatal(err)
	}
	l.Deliver(made("bob", 1))
	if diff := cmp.Diff(l, load(t, g), as); diff != "" {
		t.Errorf("after a note (-want +got):\n%s", diff)
	}
	if err := next.Save(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, load(t, g), as); diff != "" {
		t.Errorf("after a write (-want +got):\n%s", diff)
	}
}

// Whatever becomes of a note, Settle writes what it should have said, once.
func TestNoteFails(t *testing.T) {
	h := ledger.Holder{Run: "7/remind", Attempt: 1, Process: "x"}
	for name, tt := range map[string]struct {
		token string
		fault func(g *sandbox.GitHub, r *http.Request) http.Handler
		other bool // another run writes before the note
	}{
		"refused": {fault: func(*sandbox.GitHub, *http.Request) http.Handler {
			return answer(200, `{"data":{"createCommitOnBranch":null},"errors":[{"type":"FORBIDDEN","message":"ann is secret"}]}`)
		}},
		"no such mutation": {fault: func(*sandbox.GitHub, *http.Request) http.Handler {
			return answer(200, `{"errors":[{"message":"Field 'createCommitOnBranch' doesn't exist on type 'Mutation'"}]}`)
		}},
		"an empty answer":    {fault: func(*sandbox.GitHub, *http.Request) http.Handler { return answer(200, `{"data":{}}`) }},
		"502":                {fault: func(*sandbox.GitHub, *http.Request) http.Handler { return answer(502, "") }},
		"its answer is lost": {fault: func(g *sandbox.GitHub, _ *http.Request) http.Handler { return lost(g) }},
		"another run wrote":  {other: true},
	} {
		t.Run(name, func(t *testing.T) {
			g, w := startGitHub(t)
			b := newBranch(t, g, "writer")
			l := begin(t, b)
			l.Deliver(made("ann", 0, 1))
			if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0, 1)}); err != nil {
				t.Fatal(err)
			}
			if tt.other {
				theirs := newBranch(t, g, "writer")
				their, err := theirs.Load(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := theirs.Save(t.Context(), their); err != nil {
					t.Fatal(err)
				}
			}
			fault(g, w, func(r *http.Request) http.Handler {
				if tt.fault == nil || r.URL.Path != "/graphql" {
					return nil
				}
				return tt.fault(g, r)
			})
			l.Deliver(made("bob", 1, 2))
			err := b.Note(t.Context(), []ledger.Delivered{made("bob", 1, 2)})
			if err == nil || errors.Is(err, ledger.ErrJournalFull) || strings.Contains(err.Error(), "ann") {
				t.Fatalf("Note() = %v, want an error that quotes nothing", err)
			}
			got, err := ledger.Settle(t.Context(), b, l, h)
			if err != nil {
				t.Fatal(err)
			}
			for _, known := range []*ledger.Ledger{got, load(t, g)} {
				if diff := cmp.Diff(l, known, as); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A write whose answer is lost has taken the journal away as any other.
func TestNoteAfterALostAnswer(t *testing.T) {
	g, w := startGitHub(t)
	b := newBranch(t, g, "writer")
	l := begin(t, b)
	l.Deliver(made("ann", 0))
	if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0)}); err != nil {
		t.Fatal(err)
	}
	loseMoves(g, w)
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if err := b.Note(t.Context(), []ledger.Delivered{made("bob", 1)}); err != nil {
		t.Fatal(err)
	}
	if text, _ := w.Repositories[0].BranchFile(branchName, "delivered.json"); strings.Count(text, "id-of-") != 1 {
		t.Errorf("the new journal is %q", text)
	}
}

// A journal that would grow too long is not sent, and nothing is lost by that.
func TestNoteOfTooMuch(t *testing.T) {
	g, _ := startGitHub(t)
	b := newBranch(t, g, "writer")
	l := begin(t, b)
	d := made("ann", 0)
	d.Introduced["acme/rocket"] = strings.Repeat("x", 400<<10)
	if err := b.Note(t.Context(), []ledger.Delivered{d}); err != nil {
		t.Fatal(err)
	}
	d.To, d.ID = "user:bob", "id-of-bob"
	g.ResetRequests()
	if err := b.Note(t.Context(), []ledger.Delivered{d}); !errors.Is(err, ledger.ErrJournalFull) || len(g.Requests()) > 0 {
		t.Errorf("Note() = %v with %d requests", err, len(g.Requests()))
	}
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if err := b.Note(t.Context(), []ledger.Delivered{d}); err != nil {
		t.Errorf("Note() after a write: %v", err)
	}
}

// There is nothing to note beside where no ledger is, or an encrypted one.
func TestNoteWithoutALedger(t *testing.T) {
	g, _ := startGitHub(t)
	b := newBranch(t, g, "writer")
	if _, err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.ResetRequests()
	if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0)}); err == nil || len(g.Requests()) > 0 {
		t.Errorf("Note() = %v with %d requests", err, len(g.Requests()))
	}
}

// A journal that can't be read stops the run, as a ledger does; one that
// somebody left lying beside another ledger is read once.
func TestJournalByHand(t *testing.T) {
	for text, want := range map[string]string{
		``:                                      "cut short",
		`{"format":1,"deliveries":[`:            "cut short",
		`{"format":1,"deliveries":[],"more":1}`: "of another version",
		`{"format":2,"deliveries":[]}`:          "newer version",
		`{"deliveries":[]}`:                     "no format number",
		`{"format":1,"deliveries":[{"id":"x","advisories":["y"]}]}`: "without an id",
		`{"format":1,"deliveries":[]}`:                              "",
		`{"format":1,"deliveries":[{"id":"id-of-ann","at":"2026-11-02T09:00:00Z","to":"user:ann","advisories":["GHSA-aaaa-bbbb-0000","GHSA-none-none-none"]}]}`: "",
	} {
		g, w := startGitHub(t)
		b := newBranch(t, g, "writer")
		l := begin(t, b)
		l.Deliver(made("ann", 0))
		if err := b.Save(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		w.Lock()
		w.Repositories[0].CommitFile(branchName, "delivered.json", text, "by hand", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
		w.Unlock()
		got, err := newBranch(t, g, "reader").Load(t.Context())
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delivered.json")):
			t.Errorf("%s: %v, want %q", text, err, want)
		case want == "":
			if diff := cmp.Diff(l, got, as); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
	}
}

// A note on top of a journal of which the ledger knows a part leaves that
// journal as it was.
func TestNoteKeepsTheJournal(t *testing.T) {
	g, w := startGitHub(t)
	b := newBranch(t, g, "writer")
	l := begin(t, b)
	l.Deliver(made("ann", 0))
	if err := b.Save(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0, 1)}); err != nil {
		t.Fatal(err)
	}
	before, _ := w.Repositories[0].BranchFile(branchName, "delivered.json")
	next := newBranch(t, g, "writer")
	if _, err := next.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := next.Note(t.Context(), []ledger.Delivered{made("bob", 2)}); err != nil {
		t.Fatal(err)
	}
	after, _ := w.Repositories[0].BranchFile(branchName, "delivered.json")
	if first := strings.TrimSuffix(before, "]}\n"); !strings.HasPrefix(after, first) {
		t.Errorf("the journal was\n%s\nand is\n%s", before, after)
	}
}

// A branch that was given another name is no reason to begin anew, and nothing
// could be written to it.
func TestRenamedBranch(t *testing.T) {
	g, w := startGitHub(t)
	begin(t, newBranch(t, g, "writer"))
	w.Lock()
	text, _ := w.Repositories[0].BranchFile(branchName, "ledger.json")
	w.Repositories[0].CommitFile("another", "ledger.json", text, "moved", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
	w.Unlock()
	fault(g, w, func(r *http.Request) http.Handler {
		if !strings.HasSuffix(r.URL.Path, "/branches/"+branchName) {
			return nil
		}
		return http.RedirectHandler(strings.TrimSuffix(r.URL.Path, branchName)+"another", http.StatusMovedPermanently)
	})
	if _, err := newBranch(t, g, "writer").Load(t.Context()); err == nil || !strings.Contains(err.Error(), "was renamed") {
		t.Errorf("Load() = %v", err)
	}
}

// An answer without a commit is none.
func TestBranchWithoutACommit(t *testing.T) {
	g, w := startGitHub(t)
	fault(g, w, func(*http.Request) http.Handler { return answer(http.StatusOK, "{}") })
	if _, err := newBranch(t, g, "writer").Load(t.Context()); err == nil || !strings.Contains(err.Error(), "names no commit") {
		t.Errorf("Load() = %v", err)
	}
}

// An encrypted ledger has no journal.
func TestNoteWithAKey(t *testing.T) {
	g, _ := startGitHub(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ledger.NewKey(identity.String())
	if err != nil {
		t.Fatal(err)
	}
	b := newCountedBranch(t, g, key, &counter{})
	begin(t, b)
	g.ResetRequests()
	if err := b.Note(t.Context(), []ledger.Delivered{made("ann", 0)}); err == nil || len(g.Requests()) > 0 {
		t.Errorf("Note() = %v with %d requests", err, len(g.Requests()))
	}
}
