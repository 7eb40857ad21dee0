package notify

// RelayRules is what to look at where a mail server refuses us and not an address.
const RelayRules = "check smtp-username, email-from and the server's rules for relaying"

// Refusals are the addresses that one channel has refused in a run, and how
// many it has accepted.
type Refusals struct {
	Accepted int
	Refused  int // AddressBlamed and AddressDoubted
}

// Judge says what a refusal means, once the channel has tried all its messages:
// it is final for the address, or it is the channel's fault. Where a server has
// refused two addresses or more and accepted none, it is not the addresses. Where
// it does not say what is at fault, it is the address only if the server has
// accepted another one.
func (r Refusals) Judge(f *Failure) *Failure {
	final := *f
	switch {
	case f.Outcome != AddressBlamed && f.Outcome != AddressDoubted:
		return f
	case r.Accepted == 0 && (r.Refused > 1 || f.Outcome == AddressDoubted):
		final.Outcome = ChannelRefused
		if final.Advice == "" {
			final.Advice = "the server has accepted nobody, so it is probably not the address: " + RelayRules
		}
	default:
		final.Outcome = AddressRefused
	}
	return &final
}
