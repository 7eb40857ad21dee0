package proof

import (
	"flag"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	scenarios = flag.Int("scenarios", 80, "how many scenarios the model check plays")
	oneSeed   = flag.Uint64("seed", 0, "play this scenario alone, and tell it")
)

// TestModel plays scenarios: whatever goes wrong, nothing is lost, and nothing
// comes twice without an excuse that the promise names.
//
//	go test ./internal/proof -run TestModel -v -scenarios 5000
//	go test ./internal/proof -run TestModel -v -seed 42
func TestModel(t *testing.T) {
	if *oneSeed != 0 {
		m, found := play(t, *oneSeed, "")
		t.Logf("\n%s", m.story(*oneSeed, found))
		if len(found) > 0 {
			t.Fail()
		}
		return
	}
	var runs, requests, messages, deaths, hits, asked, instead, opened, comments, said, commanded, bad atomic.Int64
	each(*scenarios, func(i int) {
		seed := uint64(i + 1)
		m, found := play(t, seed, "")
		for _, r := range m.runs {
			runs.Add(1)
			requests.Add(int64(r.requests))
			if r.died {
				deaths.Add(1)
			}
			hits.Add(int64(len(r.hit)))
		}
		messages.Add(int64(len(m.history)))
		opened.Add(int64(m.opened))
		said.Add(int64(len(m.said)))
		commanded.Add(int64(m.commanded))
		for _, e := range m.history {
			if e.comment && e.answers == nil {
				comments.Add(1)
			}
			asked.Add(int64(len(e.asks)))
			if e.to == swg {
				instead.Add(int64(len(e.strange)))
			}
		}
		if len(found) > 0 && bad.Add(1) <= 40 {
			t.Errorf("\n%s", m.story(seed, found))
		}
	})
	if bad.Load() > 5 {
		t.Errorf("%d of %d scenarios fail", bad.Load(), *scenarios)
	}
	if asked.Load() == 0 {
		t.Error("no report reminds the working group of anything: are the titles of its parts others?")
	}
	if opened.Load() == 0 {
		t.Error("no draft was opened to anybody")
	}
	if comments.Load() == 0 || commanded.Load() == 0 {
		t.Errorf("reminders by comment %d, commands answered %d: nothing was tried", comments.Load(), commanded.Load())
	}
	t.Logf("drafts opened %d  reminders by comment %d  people's comments %d, commands answered %d", opened.Load(), comments.Load(), said.Load(), commanded.Load())
	t.Logf("scenarios %d  runs %d  requests %d  messages %d  the working group's %d, in place of an address %d  deaths %d  faults that struck %d  failed %d",
		*scenarios, runs.Load(), requests.Load(), messages.Load(), asked.Load(), instead.Load(), deaths.Load(), hits.Load(), bad.Load())
}

// Each bug that is planted is found.
func TestModelFindsPlantedBugs(t *testing.T) {
	for _, plant := range plants {
		t.Run(plant, func(t *testing.T) {
			for seed := uint64(1); seed <= 40; seed++ {
				m, found := play(t, seed, plant)
				if shows := map[string]string{nextSource: "who is no owner", markerIgnored: "is there twice", answeredUnclaimed: "answered again"}[plant]; shows != "" { // in other ways too
					found = slices.DeleteFunc(found, func(f string) bool { return !strings.Contains(f, shows) })
				}
				if len(found) > 0 {
					t.Logf("\n%s", m.story(seed, found))
					return
				}
			}
			t.Error("40 scenarios did not find it")
		})
	}
}

// each calls f for 0 to n-1, a few at a time.
func each(n int, f func(int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
}
