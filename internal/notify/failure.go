package notify

import (
	"context"
	"errors"
	"slices"
)

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
