package owner

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

// Kinds of calls, by something that only their queries hold.
const (
	aboutRepositories = "repository("
	aboutTeams        = "known:"
	aboutUsers        = "databaseId organization("
	aboutPages        = "after:"
	aboutPublic       = "{email}"
	aboutVerified     = "organizationVerifiedDomainEmails"
)

// answers are what can come in the place of an answer.
var answers = map[string]func(w http.ResponseWriter){
	"502": func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, "SECRET")
	},
	"403": func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"message":"SECRET"}`)
	},
	"401": func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) },
	"no JSON": func(w http.ResponseWriter) {
		io.WriteString(w, "<html>SECRET</html>")
	},
	"half JSON": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":{"q0":{"login":"SECRET`)
	},
	"broken off": func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, `{"data":{"q0":null,"__typename":"Query"}}`)
	},
	"hung up": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	"scopes": func(w http.ResponseWriter) {
		io.WriteString(w, `{"errors":[{"type":"INSUFFICIENT_SCOPES","locations":[{"line":1,"column":2}],"message":"Your token has not been granted the required scopes: SECRET"}]}`)
	},
	"rate limit": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":null,"errors":[{"type":"RATE_LIMITED","message":"SECRET"}]}`)
	},
	"timeout": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":null,"errors":[{"message":"Something went wrong while executing your query. SECRET"}]}`)
	},
	"data null": func(w http.ResponseWriter) { io.WriteString(w, `{"data":null}`) },
	"no data":   func(w http.ResponseWriter) { io.WriteString(w, `{}`) },
	"another form": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":{"q0":[{"SECRET":1}],"__typename":"Query"}}`)
	},
	"another form, and late": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":{"__typename":"Query","q0":[{"SECRET":1}]}}`)
	},
	"data of a list": func(w http.ResponseWriter) { io.WriteString(w, `{"data":[]}`) },
	"all null, and why": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":{"q0":null,"__typename":"Query"},"errors":[{"message":"Something went wrong. SECRET"}]}`)
	},
	"one null, and why": func(w http.ResponseWriter) {
		io.WriteString(w, `{"data":{"q0":null,"__typename":"Query"},"errors":[{"message":"Something went wrong. SECRET","path":["q0"]}]}`)
	},
}

// reasons are what is told of them.
var reasons = map[string]string{
	"502":                    "GitHub answered 502",
	"403":                    "GitHub answered 403",
	"401":                    "GitHub answered 401",
	"no JSON":                "GitHub's answer broke off or is not JSON",
	"half JSON":              "GitHub's answer broke off or is not JSON",
	"broken off":             "GitHub's answer broke off or is not JSON",
	"hung up":                "the connection broke",
	"scopes":                 "the token lacks a scope",
	"rate limit":             "GitHub's rate limit is used up",
	"timeout":                "GitHub could not answer",
	"data null":              "GitHub answered nothing",
	"no data":                "GitHub answered nothing",
	"another form":           "GitHub's answer is not of the form that was asked for",
	"another form, and late": "GitHub's answer is not of the form that was asked for",
	"data of a list":         "GitHub answered nothing",
	"all null, and why":      "GitHub could not answer",
	"one null, and why":      "GitHub could not answer",
}

// world has a repository of a team (of 101), one of a user, and one of a bare
// name.
func world(t *testing.T) (*fakeGitHub, asked) {
	g := newFake(t)
	var members []string
	for i := range 101 {
		members = append(members, fmt.Sprintf("person-%d", i))
	}
	g.team("x", members...)
	g.member("dave")
	g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: 'group:x'}\n", "CODEOWNERS", "* @eve")
	r := drafts(draft("openedx/a"))
	return g, r
}

// Whatever comes in the place of an answer, nobody is taken for missing, it is
// told what could not be looked at, and nothing of the answer is.
func TestFaults(t *testing.T) {
	type outcome struct {
		parties  int
		emails   string // of the first party
		nobody   string
		failures string // FAULT stands for the reason
		waits    bool   // nobody is told now
	}
	kinds := map[string]struct {
		catalog string
		outcome
	}{
		aboutRepositories: {"'group:x'", outcome{
			nobody: "the repository could not be read: FAULT", failures: "openedx/a could not be read: FAULT", waits: true,
		}},
		aboutTeams: {"'group:x'", outcome{
			nobody:   "an owner could not be looked at, and going on could tell the wrong people: group:x of openedx could not be looked at: FAULT",
			failures: "group:x of openedx could not be looked at: FAULT", waits: true,
		}},
		aboutPages: {"'group:x'", outcome{
			parties: 100, emails: "person-0@openedx.example person-0@public.example",
			failures: "some members of group:x could not be looked at: FAULT", waits: true,
		}},
		aboutUsers: {"'user:dave'", outcome{
			nobody:   "an owner could not be looked at, and going on could tell the wrong people: user:dave could not be looked at: FAULT",
			failures: "user:dave could not be looked at: FAULT", waits: true,
		}},
		aboutPublic: {"'user:dave'", outcome{
			parties: 1, emails: "dave@openedx.example", // the better one
			failures: "public addresses of people could not be asked for (1 of 1): FAULT",
		}},
		aboutVerified: {"'user:dave'", outcome{
			parties: 1, emails: "dave@public.example",
			failures: "verified addresses of members of openedx could not be asked for (1 of 1): FAULT", waits: true,
		}},
	}
	refusals := map[string]string{
		aboutPublic:   "public addresses of people",
		aboutVerified: "verified addresses of members of openedx",
	}
	for kind, k := range kinds {
		for name, answer := range answers {
			t.Run(kind+" "+name, func(t *testing.T) {
				want := k.outcome
				var refused []string
				switch name {
				case "scopes": // the one refusal: it is a no
					want.waits = false
					if what, ok := refusals[kind]; ok {
						refused, want.failures = []string{what}, ""
					}
				case "401":
					if kind == aboutRepositories {
						return // see TestUnauthorized
					}
				}
				g, r := world(t)
				g.repo("openedx/a", "catalog-info.yaml", "spec: {owner: "+k.catalog+"}\n", "CODEOWNERS", "* @person-0")
				g.answer = func(w http.ResponseWriter, query string, _ int) bool {
					if !strings.Contains(query, kind) {
						return false
					}
					answer(w)
					return true
				}
				got := g.resolve(r)
				res := got.Of("openedx/a")
				emails, waits := "", res.Waits
				if len(res.Parties) > 0 {
					emails, waits = strings.Join(res.Parties[0].Emails, " "), waits || res.Parties[0].Waits
				}
				have := outcome{len(res.Parties), emails, res.Nobody, strings.Join(append(got.Failures, got.RefusedOwners()...), "; "), waits}
				if name == "scopes" && len(got.Failures) > 0 {
					t.Errorf("a refusal is no failure of every run: %q", got.Failures)
				}
				if want.waits && kind != aboutVerified {
					want.parties, want.emails, want.nobody = 0, "", ""
				}
				want.nobody = strings.ReplaceAll(want.nobody, "FAULT", reasons[name])
				want.failures = strings.ReplaceAll(want.failures, "FAULT", reasons[name])
				if have != want {
					t.Errorf("got  %+v\nwant %+v", have, want)
				}
				if diff := cmp.Diff(refused, got.Refused); diff != "" {
					t.Errorf("refused (-want +got):\n%s", diff)
				}
				if s := fmt.Sprintf("%+v", got); strings.Contains(s, "SECRET") || strings.Contains(s, "127.0.0.1") {
					t.Errorf("the result quotes an answer or an address: %s", s)
				}
			})
		}
	}
}

// One fault hurts only what was asked for in the same call.
func TestFaultHurtsOnlyItself(t *testing.T) {
	g := newFake(t)
	g.member("alice")
	var all []advisory.Advisory
	for i := range 51 {
		name := fmt.Sprintf("openedx/r-%d", i)
		g.repo(name, "CODEOWNERS", "* @alice")
		all = append(all, draft(name))
	}
	g.answer = func(w http.ResponseWriter, query string, _ int) bool {
		if !strings.Contains(query, "repository(") || strings.Contains(query, "q1:") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	got := g.resolve(drafts(all...))
	for i, d := range all {
		if told, want := len(got.Of(d.ID).Parties), 1; told != want && i != 50 {
			t.Errorf("%s: %d parties, want %d", d.ID, told, want)
		}
	}
	if len(got.Of(all[50].ID).Parties) != 0 {
		t.Error("the last one was told, though it could not be read")
	}
	if want := []string{"openedx/r-50 could not be read: GitHub answered 403"}; !cmp.Equal(want, got.Failures) {
		t.Errorf("failures %v, want %v", got.Failures, want)
	}
}

// Two drafts of one repository that is refused are one thing to say.
func TestFaultOnce(t *testing.T) {
	g := newFake(t)
	one, two := draft("openedx/a"), draft("openedx/a")
	two.ID = "two"
	got := g.resolve(drafts(one, two))
	if len(got.ByAdvisory) != 2 || len(got.RefusedOwners()) != 1 {
		t.Errorf("%d resolutions, refused %v", len(got.ByAdvisory), got.RefusedOwners())
	}
}

// A query that is too much for GitHub is asked again in halves, down to one.
func TestFaultHalves(t *testing.T) {
	for _, tt := range []struct{ repositories, most, calls, failures int }{
		{10, 10, 1, 0}, {10, 9, 3, 0}, {10, 5, 3, 0}, {11, 5, 5, 0}, {10, 4, 7, 0}, {10, 1, 19, 0}, {1, 0, 2, 1}, {3, 0, 8, 3},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			g := newFake(t)
			var all []advisory.Advisory
			for i := range tt.repositories {
				name := fmt.Sprintf("openedx/r-%d", i)
				g.repo(name)
				all = append(all, draft(name))
			}
			g.answer = func(w http.ResponseWriter, query string, _ int) bool {
				if strings.Count(query, "repository(") <= tt.most {
					return false
				}
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			got := g.resolve(drafts(all...))
			if len(g.queries) != tt.calls || len(got.Failures) != tt.failures {
				t.Errorf("%d calls, %d failures, want %d and %d", len(g.queries), len(got.Failures), tt.calls, tt.failures)
			}
		})
	}
}

// A refused address costs only that person's, unless all are refused.
func TestRefusedAddresses(t *testing.T) {
	tests := []struct {
		name      string
		forbidden map[string]string
		want      map[string]string
		refused   []string
	}{
		{
			name: "none",
			want: map[string]string{"alice": "alice@openedx.example alice@public.example", "bob": "bob@openedx.example bob@public.example"},
		},
		{
			name:      "one verified",
			forbidden: map[string]string{"user alice": "organizationVerifiedDomainEmails"},
			want:      map[string]string{"alice": "alice@public.example", "bob": "bob@openedx.example bob@public.example"},
		},
		{
			name:      "all verified",
			forbidden: map[string]string{"user alice": "organizationVerifiedDomainEmails", "user bob": "organizationVerifiedDomainEmails"},
			want:      map[string]string{"alice": "alice@public.example", "bob": "bob@public.example"},
			refused:   []string{"verified addresses of members of openedx"},
		},
		{
			name:      "one public",
			forbidden: map[string]string{"user alice": "email"},
			want:      map[string]string{"alice": "alice@openedx.example", "bob": "bob@openedx.example bob@public.example"},
		},
		{
			name:      "all public",
			forbidden: map[string]string{"user alice": "email", "user bob": "email"},
			want:      map[string]string{"alice": "alice@openedx.example", "bob": "bob@openedx.example"},
			refused:   []string{"public addresses of people"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.team("x", "alice", "bob")
			g.repo("openedx/a", "CODEOWNERS", "* @openedx/x")
			g.forbidden = tt.forbidden
			got := g.resolve(drafts(draft("openedx/a")))
			emails := make(map[string]string)
			for _, p := range got.Of("openedx/a").Parties {
				emails[p.Login] = strings.Join(p.Emails, " ")
			}
			if diff := cmp.Diff(tt.want, emails); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.refused, got.Refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if len(got.Failures) > 0 {
				t.Errorf("failures %v", got.Failures)
			}
		})
	}
}

// Nobody with a contact of their own is asked for addresses, and nobody from
// outside for those that members have.
func TestAddressesWanted(t *testing.T) {
	g := newFake(t)
	g.member("alice", "bob")
	g.user("eve")
	g.verified["eve"] = []string{"eve@openedx.example"}
	g.orgs["other"] = nil
	g.teams["other/z"] = fields{"name": "Z", "slug": "z"}
	g.members["other/z"] = []string{"zoe"}
	g.user("zoe")
	g.verified["zoe"] = []string{"zoe@openedx.example"}
	g.team("x", "carol")
	g.repo("openedx/a")
	r := drafts(draft("openedx/a"))
	r.Owners = configured("openedx/a", "user:alice", "user:bob", "user:eve", "group:x", "group:other/z")
	r.HasContact = func(o advisory.Owner, _ string) bool { return strings.EqualFold(o.String(), "user:Alice") }
	emails := make(map[string]string)
	for _, p := range g.resolve(r).Of("openedx/a").Parties {
		emails[p.Login] = strings.Join(p.Emails, " ")
	}
	want := map[string]string{"alice": "", "bob": "bob@openedx.example bob@public.example", "eve": "", "carol": "carol@openedx.example carol@public.example", "zoe": ""}
	if diff := cmp.Diff(want, emails); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

// Whether the members of another organization's team are members is asked, to the last
// page: who is one is no outsider, and nobody is taken for one who can't be asked for.
func TestMembersOfAForeignTeam(t *testing.T) {
	const outsider = "the configuration names group:other/z: eve is not a member of openedx, and is not reached without a contact in the configuration"
	both := "eve , zoe zoe@openedx.example zoe@public.example"
	tests := []struct {
		name     string
		change   func(*fakeGitHub, *asked)
		want     string // parties and their addresses
		problems []string
		failures []string
		refused  []string
	}{
		{name: "known", want: both, problems: []string{outsider}},
		{name: "with a contact", want: both, change: func(_ *fakeGitHub, r *asked) {
			r.HasContact = func(o advisory.Owner, _ string) bool { return o.String() == "user:eve" }
		}},
		{name: "of a team with a contact", want: " ", change: func(_ *fakeGitHub, r *asked) {
			r.HasContact = func(o advisory.Owner, _ string) bool { return o.String() == "group:other/z" }
		}},
		{name: "of a team that owns a repository of its own, too", want: both, problems: []string{outsider}, change: func(_ *fakeGitHub, r *asked) {
			r.Organization, r.Owners["other/r"] = "", owners("group:z")
			r.Drafts = append(r.Drafts, draft("other/r"))
		}},
		{name: "of a team that owned one of its own before", want: both, problems: []string{outsider}, change: func(_ *fakeGitHub, r *asked) {
			r.Organization, r.Owners["other/r"] = "", owners("group:z")
			r.Drafts = append([]advisory.Advisory{draft("other/r")}, r.Drafts...)
		}},
		{name: "not now", failures: []string{"user:eve could not be looked at: GitHub answered 502", "user:zoe could not be looked at: GitHub answered 502"}, change: func(g *fakeGitHub, _ *asked) {
			g.answer = func(w http.ResponseWriter, query string, _ int) bool {
				if strings.Contains(query, aboutUsers) {
					w.WriteHeader(http.StatusBadGateway)
				}
				return strings.Contains(query, aboutUsers)
			}
		}},
		{name: "refused", want: "eve ", problems: []string{outsider}, refused: []string{"user:zoe could not be looked at: GitHub refused it to this token"}, change: func(g *fakeGitHub, _ *asked) {
			g.forbidden["user zoe"] = "organization"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newFake(t)
			g.member("zoe")
			g.user("eve")
			g.orgs["other"] = nil
			g.teams["other/z"] = fields{"name": "Z", "slug": "z"}
			for i := range 99 {
				g.members["other/z"] = append(g.members["other/z"], fmt.Sprintf("some-%d[bot]", i))
			}
			g.members["other/z"] = append(g.members["other/z"], "eve", "zoe") // zoe on the second page
			g.repo("openedx/r")
			g.repo("other/r")
			r := drafts(draft("openedx/r"))
			r.Owners = configured("openedx/r", "group:other/z")
			if tt.change != nil {
				tt.change(g, &r)
			}
			result := g.resolve(r)
			got := result.Of("openedx/r")
			var told []string
			for _, p := range got.Parties {
				told = append(told, p.Login+" "+strings.Join(p.Emails, " "))
			}
			if have := strings.Join(told, ", "); have != tt.want || got.Waits != (tt.failures != nil) {
				t.Errorf("told %q, waits %v, want %q", have, got.Waits, tt.want)
			}
			if diff := cmp.Diff([][]string{tt.problems, tt.failures, tt.refused}, [][]string{got.Problems, result.Failures, got.Refused}); diff != "" {
				t.Errorf("problems, failures, refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnauthorized(t *testing.T) {
	for _, tt := range []struct {
		from int // the first call that is answered 401
		err  bool
	}{{1, true}, {2, false}} {
		g, r := world(t)
		g.answer = func(w http.ResponseWriter, _ string, call int) bool {
			if call < tt.from {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		got, err := g.start().resolve(t.Context(), r)
		if (err != nil) != tt.err {
			t.Errorf("401 from call %d on: error %v", tt.from, err)
		}
		if err == nil && len(got.Failures) == 0 {
			t.Errorf("401 from call %d on: no failure", tt.from)
		}
		if err != nil && err.Error() != "resolve owners: GitHub refuses the token (401): the input token is wrong, revoked or expired: make a new one" {
			t.Error(err)
		}
	}
}
