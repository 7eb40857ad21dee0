package notify

// RelayRules is what to look at where a mail server refuses us and not an address.
const RelayRules = "check smtp-username, email-from and the server's rules for relaying"

// Refusals are the recipients whom one channel has accepted in a run, and those
// whom it has refused. Somebody may have several messages.
type Refusals struct {
	accepted, refused map[string]bool
}

// NewRefusals returns those of a run that has not begun.
func NewRefusals() *Refusals {
	return &Refusals{accepted: make(map[string]bool), refused: make(map[string]bool)}
}

// Note takes down what became of a message: nil is that it was accepted.
func (r *Refusals) Note(to string, f *Failure) {
	switch {
	case f == nil:
		r.accepted[to] = true
	case f.Outcome == AddressBlamed, f.Outcome == AddressDoubted:
		r.refused[to] = true
	}
}

// Judge says what a refusal means, once the channel has tried all its messages:
// it is final for the address, or it is the channel's fault. Where a server has
// refused two recipients or more and accepted none, it is not the addresses. Where
// it does not say what is at fault, it is the address only if the server has
// accepted another one.
func (r *Refusals) Judge(f *Failure) *Failure {
	final := *f
	switch {
	case f.Outcome != AddressBlamed && f.Outcome != AddressDoubted:
		return f
	case len(r.accepted) == 0 && (len(r.refused) > 1 || f.Outcome == AddressDoubted):
		final.Outcome = ChannelRefused
		if final.Advice == "" {
			final.Advice = "the server has accepted nobody, so it is probably not the address: " + RelayRules
		}
	default:
		final.Outcome = AddressRefused
	}
	return &final
}
