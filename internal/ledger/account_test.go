package ledger

import (
	"testing"
)

// A login that was taken out of the configuration stays out of the ledger, whichever
// of two runs has read that configuration, and a login that is new stays in.
func TestMergeOfAccounts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		loaded map[string]int64
		logins []string // in the configuration of this run, which sees accounts 21, 22, ...
		theirs map[string]int64
		want   map[string]int64
	}{
		{"taken out by this run", map[string]int64{"ann": 1, "ben": 2}, []string{"ann"}, map[string]int64{"ann": 1, "ben": 2}, map[string]int64{"ann": 1}},
		{"taken out by the other run", map[string]int64{"ann": 1, "ben": 2}, []string{"ann", "ben"}, map[string]int64{"ann": 1}, map[string]int64{"ann": 1}},
		{"taken out by both", map[string]int64{"ann": 1}, nil, nil, nil},
		{"taken out by this run, and seen anew by another", map[string]int64{"ann": 1}, nil, map[string]int64{"ann": 3}, map[string]int64{"ann": 3}},
		{"new in this run", nil, []string{"ann"}, nil, map[string]int64{"ann": 21}},
		{"new in the other run", nil, nil, map[string]int64{"ann": 1}, map[string]int64{"ann": 1}},
		{"new in both", nil, []string{"ann"}, map[string]int64{"ann": 1}, map[string]int64{"ann": 1}},
		{"nothing changed", map[string]int64{"ann": 1}, []string{"ann"}, map[string]int64{"ann": 1}, map[string]int64{"ann": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := New(), New()
			ours.Accounts, theirs.Accounts = tt.loaded, tt.theirs
			now := make(map[string]int64)
			for i, login := range tt.logins {
				now[login] = int64(21 + i)
			}
			ours.SeeAccounts(tt.logins, now)
			ours.merge(theirs, Claimant{}, noon)
			same(t, "the accounts", ours.Accounts, tt.want)
			ours.merge(theirs, Claimant{}, noon)
			same(t, "the accounts, once more", ours.Accounts, tt.want)
		})
	}
}
