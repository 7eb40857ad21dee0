package demo

import (
	"math/rand/v2"
	"net/mail"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// However the digests of a run come in, the page shows them in one order: by
// recipient, then by cadence, with the report and its thread last.
func TestInOrder(t *testing.T) {
	s := &story{everyone: []Person{{Login: "ann", SlackID: "U1"}, {Login: "bob", SlackID: "U2"}}}
	message := func(user, channel, ts, thread, text string) sandbox.SlackMessage {
		return sandbox.SlackMessage{UserID: user, ChannelName: channel, TS: ts, ThreadTS: thread, Text: text}
	}
	letter := func(to, subject string) sandbox.Mail {
		return sandbox.Mail{To: []string{to}, Header: mail.Header{"Subject": {subject}}}
	}
	want := day{
		mails: []sandbox.Mail{
			letter("ann@example.org", "weekly reminder"), letter("ann@example.org", "monthly reminder"), letter("bob@example.org", "weekly reminder"),
		},
		messages: []sandbox.SlackMessage{
			message("U1", "", "4", "", "weekly reminder"), message("U1", "", "3", "", "quarterly reminder"), message("U2", "", "5", "", "weekly reminder"),
			message("", sandbox.ReportChannel, "1", "", "the report"), message("", sandbox.ReportChannel, "2", "1", "goes on"),
		},
	}
	for range 20 {
		shuffled := day{mails: slices.Clone(want.mails), messages: slices.Clone(want.messages)}
		rand.Shuffle(len(shuffled.mails), func(i, k int) {
			shuffled.mails[i], shuffled.mails[k] = shuffled.mails[k], shuffled.mails[i]
		})
		rand.Shuffle(3, func(i, k int) { // the report comes after all digests
			shuffled.messages[i], shuffled.messages[k] = shuffled.messages[k], shuffled.messages[i]
		})
		got := s.inOrder(shuffled)
		if diff := cmp.Diff(want.mails, got.mails); diff != "" {
			t.Fatalf("mails (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want.messages, got.messages); diff != "" {
			t.Fatalf("messages (-want +got):\n%s", diff)
		}
	}
}
