package action_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// throng returns an organization in which each of n people owns a repository with a
// draft.
func throng(n int) *sandbox.World {
	w := newWorld()
	for i := range n {
		login := fmt.Sprintf("owner-%02d", i)
		w.Organizations[0].Members = append(w.Organizations[0].Members, login)
		w.Users = append(w.Users, &sandbox.User{Login: login, Email: login + "@example.org"})
		w.Repositories = append(w.Repositories, &sandbox.Repository{Owner: "acme", Name: "r" + login, Files: catalog("user:" + login)})
		draft(w, "r"+login, "high", wednesday.AddDate(0, -2, 0)).ID = fmt.Sprintf("GHSA-2222-3333-%04d", i)
	}
	return w
}

// A mail server that takes only so many messages in some seconds gets them more
// slowly, and everybody is served in one run. One that takes no more at all ends it.
func TestEverybodyIsServedByAThrottlingServer(t *testing.T) {
	for _, tt := range []struct {
		name         string
		at           sandbox.MailStep
		code         int
		text         string
		first, later int32 // how many it takes, and after each pause
		sent         int
	}{
		{"SES, at its rate", sandbox.MailAtData, 454, "Throttling failure: Maximum sending rate exceeded.", 15, 5, 40},
		{"one at a time", sandbox.MailAtSender, 452, "4.5.3 Too many messages", 1, 1, 40},
		{"SES, at its quota", sandbox.MailAtData, 454, "Throttling failure: Daily message quota exceeded.", 15, 0, 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, throng(40))
			var left, waits atomic.Int32
			left.Store(tt.first)
			b.wait = func() { waits.Add(1); left.Store(tt.later) }
			b.Mail.Break(func(at sandbox.MailStep, _ string) sandbox.MailAnswer {
				if at == tt.at && left.Add(-1) < 0 {
					return sandbox.MailAnswer{Code: tt.code, Text: tt.text}
				}
				return sandbox.MailAnswer{}
			})
			status := 0
			if tt.sent < 40 {
				status = 1
			}
			got := b.must(status, mailAlone)
			if n := len(got.mails); n != tt.sent {
				t.Errorf("%d mails, want %d", n, tt.sent)
			}
			if n := waits.Load(); tt.later == 0 && n > 3 {
				t.Errorf("%d pauses for a server that takes no more", n)
			}
			b.Mail.Break(nil)
			if n := len(b.must(0, mailAlone).mails); n != 40-tt.sent {
				t.Errorf("the next run sent %d mails, want %d", n, 40-tt.sent)
			}
		})
	}
}
