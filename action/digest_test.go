package action_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// A digest names the file that makes its reader an owner, with its page, and who else
// is reminded.
func TestDigestSaysWhyAndWhoElse(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	i := slices.IndexFunc(w.Repositories, func(r *sandbox.Repository) bool { return r.Name == "rocket" })
	w.Repositories[i].Files = map[string]string{"docs/CODEOWNERS": "* @acme/rocketeers\n"}
	b := newBench(t, w)
	r := b.must(0, nil)
	if len(r.mails) != 2 {
		t.Fatalf("mails to %v", r.to())
	}
	for _, m := range r.mails {
		other := "bob"
		if strings.Contains(m.To[0], "bob") {
			other = "Ann"
		}
		text := strings.Join(strings.Fields(m.Text), " ")
		for _, want := range []string{
			"You are in rocketeers, an owner of acme/rocket in CODEOWNERS <" + b.GitHub.ServerURL() + "/acme/rocket/blob/HEAD/docs/CODEOWNERS>. Not yours? Change it there.",
			"Also reminded: " + other + ".",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the mail to %s lacks %q:\n%s", m.To[0], want, m.Text)
			}
		}
	}
}

// A run in which nothing is due says when something is, and for how many.
func TestQuietRunSaysWhatIsNext(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "wheel", "low", wednesday.AddDate(0, 0, -300))
	b := newBench(t, w)
	b.must(0, nil)
	b.now = b.now.AddDate(0, 0, 1)
	want := "Nothing is due. Next: " + wednesday.AddDate(0, 0, 5).Format("2 January") + " (weekly, 2 people)."
	if r := b.must(0, nil); !strings.Contains(r.stdout, want) {
		t.Errorf("the log lacks %q:\n%s", want, r.stdout)
	}
}

// onLaptop is the environment of a terminal, in place of a workflow's.
func (b *bench) onLaptop(keep ...string) map[string]string {
	env := map[string]string{"GITHUB_TOKEN": sandbox.FullToken}
	for k := range b.Env() {
		if !slices.ContainsFunc(keep, func(prefix string) bool { return strings.HasPrefix(k, prefix) }) && (strings.HasPrefix(k, "INPUT_") || k == "GITHUB_ACTIONS" || k == "GITHUB_RUN_ID" || strings.HasPrefix(k, "GITHUB_REPOSITORY")) {
			env[k] = ""
		}
	}
	return env
}

// A dry run shows its report, then who gets what, then the messages: in Actions folded
// by recipient, with what is the same in all of them once; on a terminal the beginning of
// one, and all only if they are asked for.
func TestOrderOfADryRun(t *testing.T) {
	w := newWorld()
	draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	draft(w, "rocket", "high", wednesday.AddDate(0, 0, -60))
	b := newBench(t, w)
	laptop := []string{"run", "-organization", "acme", "-dry-run"}
	inOrder := []string{"(dry run) ==\n", "== Who gets what, as of Wed 18 Nov 2026 ", "ann, weekly", "critical rocket\n"}
	folded := append(slices.Clone(inOrder), "::group::The report in full\n", "::group::To ann@example.org: 2 messages\n", "Next:", "Next:", "::group::In each message")
	for _, tt := range []struct {
		name    string
		change  map[string]string
		args    []string
		order   []string
		next    int // how many messages there are
		process int
	}{
		{"in Actions", map[string]string{"INPUT_DRY-RUN": "true"}, nil, folded, 4, 1},
		{"on a terminal", b.onLaptop(), laptop, append(slices.Clone(inOrder), "An example: to ann@example.org\n", "Next:", "-messages shows each"), 1, 0},
		{"all on a terminal", b.onLaptop(), append(slices.Clone(laptop), "-messages"), append(slices.Clone(inOrder), "\nThe report in full\n", "\nTo ann@example.org: 2 messages\n", "Next:", "Next:", "In each message"), 4, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := b.must(0, tt.change, tt.args...).stdout
			at := 0
			for _, part := range tt.order {
				i := strings.Index(out[at:], part)
				if i < 0 {
					t.Fatalf("%q is not there, or too early:\n%s", part, out)
				}
				at += i + len(part)
			}
			if n := strings.Count(out, "\nNext:"); n != tt.next {
				t.Errorf("%d messages are shown, want %d:\n%s", n, tt.next, out)
			}
			if n := strings.Count(out, "1. Confirm or correct the severity"); n != tt.process {
				t.Errorf("the process is there %d times, want %d", n, tt.process)
			}
			if strings.Contains(out, "::group::") != (tt.args == nil) {
				t.Errorf("groups where none can be folded, or none:\n%s", out)
			}
		})
	}
}

// A dry run of the demo's 18 drafts is two screens: what a log shows folded, and a
// terminal of 80 columns in all.
func TestLengthOfADryRun(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	s, err := sandbox.Start(sandbox.Demo(at), sandbox.DemoRepository)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &bench{t: t, Services: s, now: at}
	for name, out := range map[string]string{
		"in Actions":    b.must(0, map[string]string{"INPUT_DRY-RUN": "true"}).stdout,
		"on a terminal": b.must(0, b.onLaptop("INPUT_SMTP", "INPUT_EMAIL"), "run", "-dry-run", "-organization", sandbox.DemoOrganization).stdout,
	} {
		if !strings.Contains(out, "Open drafts: 18 ") {
			t.Fatalf("%s: these are not 18 drafts:\n%s", name, out)
		}
		shown, inGroup := 0, false
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "::add-mask::") {
				continue
			}
			if !inGroup {
				shown += max(1, (utf8.RuneCountInString(strings.TrimRight(line, "\n"))+79)/80)
			}
			inGroup = strings.HasPrefix(line, "::group::") || inGroup && !strings.HasPrefix(line, "::endgroup::")
		}
		t.Logf("%s: %d lines of 80 columns", name, shown)
		if shown > 100 {
			t.Errorf("%s it shows %d lines:\n%s", name, shown, out)
		}
	}
}

// Only a preview shows messages, and only the command line asks for them.
func TestMessagesFlag(t *testing.T) {
	b := newBench(t, newWorld())
	if r := b.must(2, b.onLaptop(), "run", "-organization", "acme", "-messages", "-ledger", "x"); !strings.Contains(r.stderr, "messages: is for previews: set dry-run too") {
		t.Errorf("a live run: %s", r.stderr)
	}
	if r := b.must(2, b.onLaptop(), "check", "-messages"); !strings.Contains(r.stderr, "is not a flag") {
		t.Errorf("a check: %s", r.stderr)
	}
}
