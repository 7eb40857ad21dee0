package ledger

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// An alarm is sent once a day: from the first instant of the day on, unless what
// the ledger says of the last one lies ahead, or that one was not accepted.
func TestAlarmOnceADay(t *testing.T) {
	day := time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	now := day.Add(9 * time.Hour)
	for name, tt := range map[string]struct {
		last time.Time
		want int
	}{
		"never":                    {time.Time{}, 1},
		"right before the day":     {day.Add(-time.Nanosecond), 1},
		"at its first instant":     {day, 0},
		"just now":                 {now, 0},
		"as far ahead as believed": {now.Add(ahead), 0},
		"further ahead":            {now.Add(ahead + time.Nanosecond), 1},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.json")
			alarm := func(refused error) (sent int) {
				s := NewFile(path, nil)
				defer s.Close()
				err := Alarm(t.Context(), s, now, day, func() error { sent++; return refused })
				if sent > 0 && !errors.Is(err, refused) {
					t.Errorf("the error is %v, want %v", err, refused)
				}
				return sent
			}
			s := NewFile(path, nil)
			l, err := s.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			l.FirstRun, l.Alarmed = now, tt.last
			if _, err := Take(t.Context(), t.Context(), t.Context(), s, l, Claimant{}, time.Now, true); err != nil {
				t.Fatal(err)
			}
			s.Close()
			if n := alarm(errors.New("refused")); n != tt.want {
				t.Errorf("%d alarms, want %d", n, tt.want)
			}
			if n := alarm(nil); n != tt.want {
				t.Errorf("after one that nobody took %d alarms, want %d", n, tt.want)
			}
			if n := alarm(nil); n != 0 {
				t.Errorf("the same day %d more alarms", n)
			}
			last := NewFile(path, nil)
			defer last.Close() // Windows removes no file that is open
			if l, err = last.Load(t.Context()); err != nil || !l.FirstRun.Equal(now) {
				t.Errorf("the ledger has lost its first run: %v, %v", l, err)
			}
		})
	}
}

// Of two ledgers the later alarm counts.
func TestMergeKeepsTheLaterAlarm(t *testing.T) {
	now := time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	for _, pair := range [][2]time.Time{{now.Add(-time.Hour), now}, {now, now.Add(-time.Hour)}, {now, {}}, {{}, now}} {
		ours, theirs := New(), New()
		ours.Alarmed, theirs.Alarmed = pair[0], pair[1]
		if ours.merge(theirs, Claimant{}, now); !ours.Alarmed.Equal(now) {
			t.Errorf("%v and %v make %v", pair[0], pair[1], ours.Alarmed)
		}
	}
}
