package notify

import (
	"context"
	"errors"
	"slices"
)

// Outcome is what is known about a delivery that did not succeed.
type Outcome int

// The outcomes. After Unknown no other channel may be tried, since the message
// may have arrived.
const (
	Unknown        Outcome = iota // the answer was lost
	AddressRefused                // final for this recipient on this channel
	ChannelRefused                // the channel as a whole is out of order: login, revoked token
	Temporary                     // not accepted now; the next run tries again
	Held                          // the pace that is kept left no room for it in this run: the next one goes on
	Moot                          // what it was about has ended meanwhile: nothing was sent, and nothing is owed

	// Whether these two are final is known only when the channel has tried
	// all its messages; see Refusals.
	AddressBlamed  // the server says that the address is at fault
	AddressDoubted // the server refused the address, and does not say what is at fault
)

// An Answer is what a mail server said to the address as such, whatever became of
// the message; or what GitHub said to a comment, whose address is the draft.
type Answer int

// The answers.
const (
	NoAnswer   Answer = iota // the server was not asked, or its answer did not arrive
	Taken                    // and the message was not
	PutOff                   // not now
	TurnedDown               // not at all
)

// A Failure is an error of a delivery. Its text holds no address, token or
// webhook address.
type Failure struct {
	Channel string
	Outcome Outcome
	Answer  Answer // to the address
	Detail  string // such as "the server answered 550 to RCPT TO"
	Advice  string // what the reader can do, or empty
	Other   string // the same where other answers show that the address is not at fault; empty: mail's
}

// Error returns the channel and what happened.
func (f *Failure) Error() string { return f.Channel + ": " + f.Detail }

// AsFailure returns the *Failure that an error of a channel is, or nil where there
// is none. The outcome of any other error is unknown.
func AsFailure(channel string, err error) *Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Channel: channel, Outcome: Unknown, Detail: Describe(err)}
}

// MostOpen returns, of the failures of one message at several addresses, the one
// that leaves the most open: who was refused for good at one address may still
// have got it at another, or get it yet.
func MostOpen(failures []*Failure) *Failure {
	order := []Outcome{AddressRefused, AddressBlamed, AddressDoubted, ChannelRefused, Temporary, Unknown}
	return slices.MaxFunc(failures, func(a, b *Failure) int {
		return slices.Index(order, a.Outcome) - slices.Index(order, b.Outcome)
	})
}

// Describe says what happened to a delivery, without any secret.
func Describe(err error) string {
	if f, ok := errors.AsType[*Failure](err); ok {
		if f.Advice != "" {
			return f.Detail + " (" + f.Advice + ")"
		}
		return f.Detail
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the run was told to stop; the next one goes on"
	}
	return "the delivery broke off"
}
