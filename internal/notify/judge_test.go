package notify_test

import (
	"fmt"
	"testing"

	"github.com/openedx/advisory-reminders/internal/notify"
)

// One refusal among addresses that were taken is the address's; refusals alone are
// the channel's, but for a single one that the server explains. Another channel's
// answers say nothing.
func TestJudge(t *testing.T) {
	refused := &notify.Failure{Channel: "email", Outcome: notify.ChannelRefused, Answer: notify.TurnedDown}
	for _, tt := range []struct {
		said           notify.Outcome
		taken, refused int // of other addresses
		want           notify.Outcome
	}{
		{notify.AddressBlamed, 0, 0, notify.AddressRefused},
		{notify.AddressBlamed, 0, 1, notify.ChannelRefused},
		{notify.AddressBlamed, 1, 0, notify.AddressRefused},
		{notify.AddressBlamed, 1, 9, notify.AddressRefused},
		{notify.AddressDoubted, 0, 0, notify.ChannelRefused},
		{notify.AddressDoubted, 0, 1, notify.ChannelRefused},
		{notify.AddressDoubted, 1, 0, notify.AddressRefused},
		{notify.AddressDoubted, 1, 9, notify.AddressRefused},
		{notify.ChannelRefused, 1, 0, notify.ChannelRefused},
		{notify.Temporary, 0, 1, notify.Temporary},
		{notify.Unknown, 0, 1, notify.Unknown},
		{notify.AddressRefused, 0, 1, notify.AddressRefused},
	} {
		tried := make(notify.Refusals)
		f := &notify.Failure{Channel: "email", Outcome: tt.said, Answer: notify.TurnedDown}
		for range 2 { // as many messages to each
			tried.Note("email", "ada@example.org", f)
			for i := range tt.taken {
				tried.Note("email", fmt.Sprintf("taken-%d@example.org", i), nil)
			}
			for i := range tt.refused {
				tried.Note("email", fmt.Sprintf("refused-%d@example.org", i), refused)
			}
			tried.Note("slack", "U1", nil)
			tried.Note("slack", "U2", refused)
			tried.Note("email", "later@example.org", &notify.Failure{Channel: "email", Outcome: notify.Temporary, Answer: notify.PutOff})
			tried.Note("email", "lost@example.org", &notify.Failure{Channel: "email", Outcome: notify.Unknown})
		}
		if got := tried.Judge("Ada@example.org", f); got.Outcome != tt.want {
			t.Errorf("%d, with %d taken and %d refused: %d (%s), want %d", tt.said, tt.taken, tt.refused, got.Outcome, got.Advice, tt.want)
		}
	}
}
