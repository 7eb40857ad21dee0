package action_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// In a private repository the log and the report say what happens, but no
// secret, whatever breaks; and no message says what an advisory is about,
// unless the configuration wants the titles.
func TestSecretsAndTitles(t *testing.T) {
	t.Parallel()
	var n, messages tally
	t.Run("of", func(t *testing.T) {
		for name, passages := range map[string]func(*testing.T) []passage{
			"faults": faultPassages, "modes": modePassages, "panics": panicPassages, "stops": stopPassages,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for i, p := range passages(t) {
					if (name == "panics" || name == "stops") && i%4 != 0 && !*long {
						continue
					}
					keepsSecrets(t, p, &n, &messages)
				}
			})
		}
		for name, passages := range map[string]func(*testing.T) []passage{"inputs": inputPassages, "command line": flagPassages} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, secretWorld())
				for _, p := range passages(t) {
					got := b.through(p, privateEvent, nil)
					checkSecrets(t, b, name+", "+p.name, got, &n, &messages)
				}
			})
		}
	})
	t.Logf("logs: %s", &n)
	t.Logf("messages: %s", &messages)
}

const privateEvent = `{"repository":{"private":true,"visibility":"private"}}`

func keepsSecrets(t *testing.T, p passage, n, messages *tally) {
	t.Helper()
	w := secretWorld()
	if p.world != nil {
		p.world(w)
	}
	b := newBench(t, w)
	if p.set != nil {
		p.set(b)
	}
	checkSecrets(t, b, p.name, b.through(p, privateEvent, nil), n, messages)
	if p.again || *long {
		b.now = b.now.AddDate(0, 0, 7)
		checkSecrets(t, b, p.name+", a week later", b.through(p, privateEvent, nil), n, messages)
	}
}

// secrets are what is a secret by itself: all tokens of the world and of this
// run, passwords, keys, and what a webhook's address ends with.
func (b *bench) secrets(got trace) []string {
	list := []string{sandbox.SlackToken}
	b.World.Lock()
	list = slices.AppendSeq(list, maps.Keys(b.World.Tokens))
	b.World.Unlock()
	for _, name := range secretInputs {
		value := got.env["INPUT_"+name]
		if strings.Contains(value, "GHSA-") || strings.Contains(value, "acme/rocket") && !strings.Contains(value, "secretSecret") {
			continue // a wrong value that the log may hold for another reason
		}
		if len(value) > 5 {
			list = append(list, value)
		}
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) > 5 && !strings.Contains(line, "acme/rocket") {
				list = append(list, line)
			}
		}
		if name == "SLACK-WEBHOOK-URL" {
			if _, last, ok := strings.Cut(value, "secret"); ok {
				list = append(list, "secret"+last)
			}
		}
	}
	if user := got.env["INPUT_SMTP-USERNAME"]; user != "" {
		password := got.env["INPUT_SMTP-PASSWORD"]
		list = append(list, user+"\x00"+password, user+":"+password)
	}
	return list
}

// titles are the summaries of the world's advisories and what only they and
// the descriptions say.
func (b *bench) titles() (summaries, descriptions []string) {
	b.World.Lock()
	defer b.World.Unlock()
	named := map[string]bool{"internal": true} // as each line of a stack is
	for _, r := range b.World.Repositories {
		named[r.Name] = true
	}
	add := func(list *[]string, text string) {
		*list = append(*list, text)
		for _, w := range wordForm.FindAllString(text, -1) {
			if !named[w] && len(w) > 6 {
				*list = append(*list, w)
			}
		}
	}
	for _, a := range b.World.Advisories {
		add(&summaries, a.Summary)
		add(&descriptions, a.Description)
	}
	return summaries, descriptions
}

// checkSecrets holds a passage in a private repository against what must not
// be in its log, nor in what anybody gets.
func checkSecrets(t *testing.T, b *bench, name string, got trace, n, messages *tally) {
	t.Helper()
	if got.panicks != nil {
		t.Errorf("%s: the program broke with %v", name, got.panicks)
	}
	log := []string{got.unmasked(), got.stderr, got.summary}
	for _, text := range got.others {
		log = append(log, text)
	}
	for _, r := range b.GitHub.Requests() {
		log = append(log, r.Path, r.Query)
	}
	b.GitHub.ResetRequests()
	b.World.Lock()
	memory, _ := b.World.Repositories[0].BranchFile(branchName, "ledger.json")
	b.World.Unlock()
	log = append(log, memory)
	var sent []string
	for _, m := range got.mails {
		sent = append(sent, fmt.Sprint(m.Header), m.Text, m.HTML, string(m.Data))
	}
	for _, m := range got.slack {
		sent = append(sent, m.Text, string(m.Blocks), string(m.Metadata))
	}
	summaries, descriptions := b.titles()
	list := newBlacklist(append(descriptions, b.secrets(got)...))
	if !strings.Contains(got.env["INPUT_CONFIG-TEXT"], "show-summary: true") {
		list = newBlacklist(slices.Concat(descriptions, summaries, b.secrets(got)))
	} else if !slices.ContainsFunc(sent, func(s string) bool { return strings.Contains(s, "Deserialization") }) && got.status == 0 {
		t.Errorf("%s: no message shows a title", name)
	}
	n.count(list, log...)
	messages.count(list, sent...)
	for _, text := range append(log, sent...) {
		if found := list.find(text); len(found) > 0 {
			t.Errorf("%s: there is %.100q in\n%.3000s", name, found, text)
		}
	}
}
