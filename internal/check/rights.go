package check

import (
	"strings"

	"github.com/openedx/advisory-reminders/internal/ghsa"
)

// blind reports whether the token may not read teams and members: all teams are
// refused, or GitHub has said so of the token's own user while it shows somebody
// as no member.
func (f ownerFacts) blind() bool {
	if f.owners.Blind {
		return true
	}
	if !strings.Contains(f.bearer().access.Refused, "members=") {
		return false
	}
	for _, r := range f.owners.ByAdvisory {
		if r.Outsider {
			return true
		}
	}
	return false
}

// app reports whether the token is an app's, which may not be shown addresses
// whatever its permissions.
func (f ownerFacts) app() bool { return f.bearer().access.Bearer == ghsa.Installation }

// forApps is the advice where an app is shown no addresses. A verified domain
// helps unless its addresses are refused too.
func (f ownerFacts) forApps() string {
	if f.owners.NoVerified {
		return "write contacts for teams, or for people, into the configuration"
	}
	return "write contacts for teams, or for people, into the configuration, or verify a domain for the organization: members' addresses in it are used then"
}

// grantAddresses is the advice where the token can't ask for addresses.
func (f ownerFacts) grantAddresses() string {
	if f.app() {
		return f.forApps()
	}
	return "give it that right (a classic token: read:org, read:user and user:email; a fine-grained one: Members, read), or write the contacts into the configuration"
}

// findContact is the advice where nobody knows an address.
func (f ownerFacts) findContact() string {
	if f.app() {
		return f.forApps()
	}
	return "write theirs under contacts in the configuration, or let them make an address public on GitHub"
}
