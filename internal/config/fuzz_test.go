package config_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

// FuzzParse begins with the texts in testdata/fuzz.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse(text)
		if err != nil {
			checkErrors(t, text, err)
			return
		}
		if c.Policy.Location == nil || c.Policy.Location.String() == "Local" {
			t.Errorf("time zone %v", c.Policy.Location)
		}
		for _, s := range advisory.Severities {
			if _, ok := c.Policy.Cadence[s]; !ok {
				t.Errorf("no cadence for %v", s)
			}
		}
		for _, cadence := range reminder.Cadences {
			if days, ok := c.Policy.Grace[cadence]; !ok || days < 0 || days > 60 {
				t.Errorf("grace of %v: %d, %t", cadence, days, ok)
			}
			if days := c.Policy.Quiet[cadence]; days < 0 || days > 90 {
				t.Errorf("quiet of %v: %d", cadence, days)
			}
		}
		if len(c.Channels) == 0 {
			t.Error("no channel")
		}
		for key, owners := range c.Owners {
			if r, ok := advisory.ParseRepository(key); !ok || r.Key() != key || len(owners) == 0 {
				t.Errorf("owners of %q: %v", key, owners)
			}
		}
		for key, contact := range c.Contacts {
			if o, ok := advisory.ParseOwner(key); !ok || config.ContactKey(o) != key {
				t.Errorf("contact key %q", key)
			}
			if contact == (config.Contact{}) {
				t.Errorf("contact %q is empty", key)
			}
		}
		for _, s := range c.Snooze {
			if id, ok := advisory.CanonicalID(s.Advisory); !ok || id != s.Advisory || s.Until.IsZero() {
				t.Errorf("snooze %+v", s)
			}
		}
		for _, id := range c.Forget {
			if canonical, ok := advisory.CanonicalID(id); !ok || canonical != id {
				t.Errorf("forget %q", id)
			}
		}
		if d := c.OnDuty; d != nil && (len(d.Rotation) == 0 || d.Since.IsZero() || d.Days < 1) {
			t.Errorf("on duty %+v", d)
		}
		if m := c.For("openedx").Messages; m.Organization == "" || m.WorkingGroup == "" || m.Contact == "" ||
			m.ProcessURL == "" || m.MaintainersURL == "" || m.AnnouncementURL == "" || m.ReleaseChannel == "" || m.TimeZone == "" {
			t.Errorf("messages %+v", m)
		}
	})
}

func checkErrors(t *testing.T, text []byte, err error) {
	var errs config.Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		t.Fatalf("%T %v is not Errors", err, err)
	}
	last := 0
	for _, e := range errs {
		if e.Line < max(last, 1) || e.Column < 1 || e.Message == "" || !utf8.ValidString(e.Message) {
			t.Errorf("error %+v after line %d of %q", e, last, text)
		}
		last = e.Line
	}
}
