package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

type queryResolver struct{}

type byLogin struct{ Login string }

type byName struct {
	FollowRenames bool
	Name          string
}

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

func (*queryResolver) RepositoryOwner(ctx context.Context, a byLogin) *ownerResolver {
	return sessionOf(ctx).owner(a.Login)
}

func (*queryResolver) Viewer(ctx context.Context) *userResolver {
	s := sessionOf(ctx)
	if u := s.world.User(s.token.Login); u != nil {
		return &userResolver{s, u}
	}
	login := s.token.Login
	if login == "" {
		login = "github-actions[bot]"
	}
	return &userResolver{s, &User{Login: login, Bot: s.token.App}}
}

func (*queryResolver) RateLimit(ctx context.Context, _ struct{ DryRun bool }) *rateLimitResolver {
	return &rateLimitResolver{sessionOf(ctx)}
}

func accountURL(s *session, login string) scalar { return scalar(s.pages + "/" + login) }

func (s *session) owner(login string) *ownerResolver {
	if o := s.world.Organization(login); o != nil {
		return &ownerResolver{repositoryOwner: &organizationResolver{s, o}}
	}
	if u := s.world.User(login); u != nil && !u.Bot {
		return &ownerResolver{repositoryOwner: &userResolver{s, u}}
	}
	return nil
}

type repositoryOwner interface {
	ID() graphql.ID
	Login() string
	Repository(byName) (*repositoryResolver, error)
	ResourcePath() scalar
	URL() scalar
}

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

func (r *userResolver) DatabaseID() *int32   { return pointer(int32(r.u.number())) }
func (r *userResolver) ID() graphql.ID       { return graphqlID("U", int(r.u.number())) }
func (r *userResolver) Login() string        { return r.u.Login }
func (r *userResolver) Name() *string        { return orNil(r.u.Name) }
func (r *userResolver) ResourcePath() scalar { return scalar("/" + r.u.Login) }
func (r *userResolver) URL() scalar          { return accountURL(r.s, r.u.Login) }

func (r *userResolver) IsViewer() bool { return strings.EqualFold(r.u.Login, r.s.token.Login) }

func (r *userResolver) Repository(a byName) (*repositoryResolver, error) {
	return r.s.repository(r.u.Login, a.Name, a.FollowRenames)
}

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

func (*rateLimitResolver) Cost() int32        { return 1 }
func (*rateLimitResolver) Limit() int32       { return hourlyLimit }
func (r *rateLimitResolver) NodeCount() int32 { return int32(r.s.nodes) }
func (r *rateLimitResolver) Remaining() int32 { return int32(hourlyLimit - r.s.used) }
func (r *rateLimitResolver) Used() int32      { return int32(r.s.used) }
func (r *rateLimitResolver) ResetAt() scalar {
	return scalar(stamp(r.s.world.Now().Truncate(hour).Add(hour)))
}
