package github

import (
	"context"
	"fmt"
)

type queryResolver struct{}

type byLogin struct{ Login string }

func (*queryResolver) Organization(ctx context.Context, a byLogin) (*organizationResolver, error) {
	s := sessionOf(ctx)
	if o := s.world.Organization(a.Login); o != nil {
		return &organizationResolver{s, o}, nil
	}
	return nil, &refusal{kind: "NOT_FOUND",
		message: fmt.Sprintf("Could not resolve to an Organization with the login of '%s'.", a.Login)}
}

func (*queryResolver) User(ctx context.Context, a byLogin) (*userResolver, error) {
	s := sessionOf(ctx)
	if u := s.world.User(a.Login); u != nil && !u.Bot {
		return &userResolver{s, u}, nil
	}
	return nil, &refusal{kind: "NOT_FOUND",
		message: fmt.Sprintf("Could not resolve to a User with the login of '%s'.", a.Login)}
}

func (*queryResolver) RateLimit(ctx context.Context, _ struct{ DryRun bool }) *rateLimitResolver {
	return &rateLimitResolver{sessionOf(ctx)}
}

func (s *session) owner(login string) *ownerResolver {
	if o := s.world.Organization(login); o != nil {
		return &ownerResolver{repositoryOwner: &organizationResolver{s, o}}
	}
	if u := s.world.User(login); u != nil && !u.Bot {
		return &ownerResolver{repositoryOwner: &userResolver{s, u}}
	}
	return nil
}

type repositoryOwner interface{ Login() string }

// ownerResolver is a user or an organization.
type ownerResolver struct{ repositoryOwner }

func (o *ownerResolver) ToUser() (*userResolver, bool) {
	u, ok := o.repositoryOwner.(*userResolver)
	return u, ok
}

func (o *ownerResolver) ToOrganization() (*organizationResolver, bool) {
	org, ok := o.repositoryOwner.(*organizationResolver)
	return org, ok
}

type userResolver struct {
	s *session
	u *User
}

func (r *userResolver) DatabaseID() *int32 { return new(int32(r.u.number())) }
func (r *userResolver) Login() string      { return r.u.Login }

// Email is the public address, or nothing. A person's token without the scope
// doesn't come this far.
func (r *userResolver) Email() (string, error) {
	if !r.s.token.Emails {
		return "", r.s.forbidden()
	}
	return r.u.Email, nil
}

// Organization is nil where the user is no member, or the token can't know.
func (r *userResolver) Organization(a byLogin) *organizationResolver {
	o := r.s.world.Organization(a.Login)
	if o == nil || !o.HasMember(r.u.Login) || !r.s.token.Members || !r.s.token.over(o.Login) {
		return nil
	}
	return &organizationResolver{r.s, o}
}

func (r *userResolver) OrganizationVerifiedDomainEmails(a byLogin) ([]string, error) {
	o := r.s.world.Organization(a.Login)
	if o == nil || !r.s.token.VerifiedEmails || !r.s.token.over(o.Login) {
		return nil, r.s.forbidden()
	}
	return o.VerifiedAddresses(r.u), nil
}

type rateLimitResolver struct{ s *session }

func (r *rateLimitResolver) Remaining() int32 { return int32(r.s.remaining) }
