package notify

import (
	"cmp"
	"strings"
)

// RelayRules is what to look at where a mail server refuses us and not an address.
const RelayRules = "check smtp-username, email-from and the server's rules for relaying"

// Refusals are the addresses that each channel has taken in a run, and those that
// it has refused for good. An address may get several messages, and be both.
type Refusals map[string]answers // by channel

type answers struct{ taken, refused map[string]bool } // in lower case

// Note takes down what became of a message to an address: nil is that it was
// accepted.
func (r Refusals) Note(channel, address string, f *Failure) {
	a, ok := r[channel]
	if !ok {
		a = answers{taken: make(map[string]bool), refused: make(map[string]bool)}
		r[channel] = a
	}
	switch address = strings.ToLower(address); {
	case f == nil, f.Answer == Taken:
		a.taken[address] = true
	case f.Answer == TurnedDown:
		a.refused[address] = true
	}
}

// Judge says what the refusal of an address means, once the channel has tried all
// its messages: it is final for the address, or it is the channel's fault.
// Whatever else it says, a server that has refused two addresses or more and taken
// none refuses us. Where it does not say what is at fault, it is the address only
// if the server has taken another one. Any other failure is as it was.
func (r Refusals) Judge(address string, f *Failure) *Failure {
	if f.Outcome != AddressBlamed && f.Outcome != AddressDoubted {
		return f
	}
	judged, a := *f, r[f.Channel]
	switch {
	case a.taken[strings.ToLower(address)]:
		judged.Outcome, judged.Advice = ChannelRefused, cmp.Or(f.Other, "it took the same address for another message of this run: its log says why")
	case len(a.taken) > 0:
		judged.Outcome = AddressRefused
	case len(a.refused) > 1:
		judged.Outcome, judged.Advice = ChannelRefused, cmp.Or(f.Other, "it refused every address of this run, so the addresses are probably not the problem: "+RelayRules)
	case f.Outcome == AddressBlamed:
		judged.Outcome = AddressRefused
	default:
		judged.Outcome, judged.Advice = ChannelRefused, cmp.Or(f.Advice, "it does not say that the address is wrong, and took no other: check the address, smtp-username, email-from and the server's rules for relaying")
	}
	return &judged
}
