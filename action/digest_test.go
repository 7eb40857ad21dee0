package action_test

import (
	"slices"
	"strings"
	"testing"

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

// A dry run shows its report, then who gets what, then each message in a group of its
// own, and what is the same in all of them once.
func TestOrderOfADryRun(t *testing.T) {
	w := newWorld()
	a := draft(w, "rocket", "critical", wednesday.AddDate(0, 0, -30))
	b := newBench(t, w)
	for _, actions := range []bool{true, false} {
		env, rule := map[string]string{"INPUT_DRY-RUN": "true"}, "\n::group::To "
		var args []string
		if !actions {
			env, rule = map[string]string{"GITHUB_TOKEN": sandbox.FullToken}, "\nTo "
			for k := range b.Env() {
				if strings.HasPrefix(k, "INPUT_") || k == "GITHUB_ACTIONS" || k == "GITHUB_RUN_ID" || strings.HasPrefix(k, "GITHUB_REPOSITORY") {
					env[k] = ""
				}
			}
			args = []string{"run", "-organization", "acme", "-dry-run"}
		}
		out := b.must(0, env, args...).stdout
		at := 0
		for _, part := range []string{"(dry run)\n", "Who gets what\n", "ann, weekly", "critical acme/rocket " + a.ID, rule, "Next:", rule} {
			i := strings.Index(out[at:], part)
			if i < 0 {
				t.Fatalf("in Actions %v, %q is not there, or too early:\n%s", actions, part, out)
			}
			at += i + len(part)
		}
		if n := strings.Count(out, "1. Confirm or correct the severity"); n != 1 {
			t.Errorf("in Actions %v, the process is there %d times", actions, n)
		}
		if strings.Contains(out, "::group::") != actions {
			t.Errorf("in Actions %v:\n%s", actions, out)
		}
	}
}
