package owner_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/owner"
	"github.com/openedx/advisory-reminders/internal/sandbox"
	"github.com/openedx/advisory-reminders/internal/sandbox/graphfault"
)

// accounts returns the account of every recipient.
func accounts(r owner.Result) map[string]int64 {
	list := make(map[string]int64)
	for _, found := range r.ByAdvisory {
		for _, p := range found.Parties {
			list[p.Login] = p.Account
		}
	}
	return list
}

// Every person comes with the id of their account, whichever way they came to be an
// owner: it stays the same when they rename, and whoever takes the old login has
// another one.
func TestAccountOutlivesLogin(t *testing.T) {
	h := newHouse(t, 1, 0)
	before := accounts(h.result(t, owner.Request{Organization: "acme"}))
	for _, login := range []string{"person-03", "member-02", "crowd-000", "crowd-100", "plain-01"} {
		if before[login] == 0 {
			t.Errorf("the account of %s is not known", login)
		}
	}
	h.world.Lock()
	h.world.RenameUser("member-02", "renamed")
	h.world.Users = append(h.world.Users, &sandbox.User{ID: 4711, Login: "member-02"})
	h.world.Organization("acme").Members = append(h.world.Organization("acme").Members, "member-02")
	h.world.Organization("acme").Team("team-03").Members = []string{"member-02"}
	h.world.Unlock()
	after := accounts(h.result(t, owner.Request{Organization: "acme"}))
	if after["renamed"] != before["member-02"] || after["member-02"] != 4711 {
		t.Errorf("the renamed account is %d, was %d, and whoever has its login is %d", after["renamed"], before["member-02"], after["member-02"])
	}
	delete(before, "member-02")
	delete(before, "member-03") // whose team it was
	delete(after, "renamed")
	delete(after, "member-02")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("everybody else (-before +after):\n%s", diff)
	}
}

// The accounts of the configuration's logins are asked for in the calls that there
// are, owners or not. No account is 0; one that can't be known now is absent.
func TestAccountsOfLogins(t *testing.T) {
	h := newHouse(t, 0, 0)
	h.result(t, owner.Request{Organization: "acme"})
	requests := len(h.Requests())
	logins := []string{"Person-03", "decoy", "member-01", "nobody", "some-robot[bot]", "no login"}
	number := func(login string) int64 {
		return accounts(h.result(t, owner.Request{Organization: "acme", Owners: configured(h.drafts[0], login)}))[login]
	}
	want := map[string]int64{
		"person-03": number("person-03"), "decoy": number("decoy"), "member-01": number("member-01"),
		"nobody": 0, "some-robot[bot]": 0, "no login": 0,
	}
	for _, request := range []owner.Request{{Organization: "acme", Logins: logins}, {Logins: logins}} {
		if diff := cmp.Diff(want, h.result(t, request).Accounts); diff != "" {
			t.Errorf("accounts (-want +got):\n%s", diff)
		}
		if n := len(h.Requests()); n != requests {
			t.Errorf("%d requests, want no more than without them: %d", n, requests)
		}
	}
	many := make([]string, 80)
	for i := range many {
		many[i] = fmt.Sprintf("nobody-%02d", i)
	}
	if got := h.result(t, owner.Request{Organization: "acme", Logins: many}).Accounts; len(got) != len(many) || len(h.Requests()) != requests {
		t.Errorf("%d accounts of %d in %d requests, want %d", len(got), len(many), len(h.Requests()), requests)
	}
	if got := h.result(t, owner.Request{Organization: "acme"}).Accounts; got != nil {
		t.Errorf("accounts that nobody asked for: %v", got)
	}

	h.fault((&graphfault.Break{Form: graphfault.Forms[0], Hit: func(q graphfault.Question) bool {
		return q.Kind == graphfault.People && q.About == "decoy"
	}}).Fault(h.GitHub))
	got := h.result(t, owner.Request{Organization: "acme", Logins: logins})
	delete(want, "decoy")
	if diff := cmp.Diff(want, got.Accounts); diff != "" {
		t.Errorf("accounts where one can't be asked for (-want +got):\n%s", diff)
	}
	for id, r := range got.ByAdvisory {
		if r.Waits || len(r.Parties) == 0 {
			t.Errorf("%s waits for an account that is not its owner's", id)
		}
	}

	h.fault(func(*http.Request) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"data":{"q0":{"login":"decoy","databaseId":null,"name":null}}}`)
		})
	})
	result, err := h.client.Begin(t.Context(), owner.Request{Logins: []string{"decoy"}}).Result(nil)
	if err != nil || len(result.Accounts) != 0 {
		t.Errorf("an account without an id: %v, %v", result.Accounts, err)
	}
}

func configured(d advisory.Advisory, login string) map[string][]advisory.Owner {
	return map[string][]advisory.Owner{d.Repository.Key(): {{Kind: advisory.User, Name: login}}}
}

// result returns what is found for all drafts, and counts its requests anew.
func (h *house) result(t *testing.T, r owner.Request) owner.Result {
	t.Helper()
	h.ResetRequests()
	result, err := h.client.Begin(t.Context(), r).Result(h.drafts)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
