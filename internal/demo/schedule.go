package demo

import (
	"math/rand/v2"
	"time"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// day is one day of the simulation: what happened, and what its run did.
type day struct {
	at      time.Time // of the run, or when it would have been
	dropped bool      // no run
	events  []string  // what happened in the organization, in words

	status   int // exit status
	summary  string
	log      string
	mails    []sandbox.Mail
	messages []sandbox.SlackMessage
	opened   []string // to whom the run gave access, in words
	threads  []Draft  // those on which the run commented, with these comments alone
}

// schedule returns the days between two instants, each with a run between 06:00
// and 10:00 UTC. One in dropEvery has none, and neither have seven in a row,
// since that is how scheduled workflows are. The first day always has one.
func schedule(start, end time.Time, seed uint64, dropEvery int) []day {
	random := rand.New(rand.NewPCG(seed, 60))
	var days []day
	y, m, d := start.UTC().Date()
	for i := 0; ; i++ {
		late := time.Duration(random.IntN(4*60)) * time.Minute
		at := time.Date(y, m, d+i, 6, 0, 0, 0, time.UTC).Add(late)
		dropped := dropEvery > 0 && random.IntN(dropEvery) == 0
		if at.After(end) {
			break
		}
		if !at.Before(start) {
			days = append(days, day{at: at, dropped: dropped && len(days) > 0})
		}
	}
	if dropEvery > 0 && len(days) >= 28 {
		first := len(days)/3 + random.IntN(len(days)/3)
		for i := range 7 {
			days[first+i].dropped = true
		}
	}
	return days
}
