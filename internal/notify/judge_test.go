package notify_test

import (
	"fmt"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// One refusal among accepted addresses is the address's; refusals alone are the
// channel's, but for a single one that the server explains.
func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		said              notify.Outcome
		accepted, refused int
		want              notify.Outcome
	}{
		{notify.AddressBlamed, 0, 1, notify.AddressRefused},
		{notify.AddressBlamed, 0, 2, notify.ChannelRefused},
		{notify.AddressBlamed, 1, 1, notify.AddressRefused},
		{notify.AddressBlamed, 1, 9, notify.AddressRefused},
		{notify.AddressDoubted, 0, 1, notify.ChannelRefused},
		{notify.AddressDoubted, 0, 2, notify.ChannelRefused},
		{notify.AddressDoubted, 1, 1, notify.AddressRefused},
		{notify.AddressDoubted, 1, 9, notify.AddressRefused},
		{notify.Temporary, 0, 2, notify.Temporary},
		{notify.Unknown, 0, 2, notify.Unknown},
		{notify.AddressRefused, 0, 2, notify.AddressRefused},
	} {
		r := notify.NewRefusals()
		for i := range tt.accepted {
			r.Note(fmt.Sprint("accepted ", i), nil)
		}
		for i := range tt.refused {
			r.Note(fmt.Sprint("refused ", i), &notify.Failure{Outcome: notify.AddressBlamed})
			r.Note(fmt.Sprint("refused ", i), &notify.Failure{Outcome: notify.AddressDoubted}) // another message to the same
		}
		got := r.Judge(&notify.Failure{Outcome: tt.said})
		if got.Outcome != tt.want {
			t.Errorf("%d, with %d accepted and %d refused: %d, want %d", tt.said, tt.accepted, tt.refused, got.Outcome, tt.want)
		}
	}
}
