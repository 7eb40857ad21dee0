package notifytest

import (
	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// Access is what a report says of access, with something in every list.
func Access() notify.Access {
	poll := item("xblock-poll", "GHSA-4v9r-8xw2-m3qp", advisory.High, 7.5, 41, 2)
	ora := item("edx-ora2", "GHSA-r7r7-4m2p-6xqv", advisory.Critical, 9.1, 96, 5)
	return notify.Access{
		Given:      []notify.Opened{{Item: ora, To: []string{"team:openedx/committers-ora"}}},
		Will:       []notify.Opened{{Item: poll, To: []string{"team:openedx/committers-xblock", "user:ada"}}},
		Removed:    []notify.Opened{{Item: ora, To: []string{"user:grace"}}},
		RemovedNew: true,
	}
}

// outsideAccess is Access with texts from outside.
func outsideAccess(next func() string, outside func(*notify.Item)) notify.Access {
	a := Access()
	for _, list := range [][]notify.Opened{a.Given, a.Will, a.Removed} {
		for k := range list {
			outside(&list[k].Item)
			for n := range list[k].To {
				list[k].To[n] = next()
			}
		}
	}
	return a
}
