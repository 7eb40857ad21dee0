package config

import (
	"testing"
	"time"

	"github.com/openedx/advisory-reminders/internal/advisory"
	"github.com/openedx/advisory-reminders/internal/reminder"
)

func TestOnDuty(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	since := reminder.StartOfDay(2026, time.October, 19, newYork)
	for _, tt := range []struct {
		name      string
		rotation  []string
		now       time.Time
		who, next string
		handOver  string
	}{
		{"before it begins", []string{"ann", "bob"}, since.Add(-time.Second), "", "", ""},
		{"first instant", []string{"ann", "bob"}, since, "ann", "bob", "2026-10-26 00:00"},
		{"last second of a turn", []string{"ann", "bob"}, since.AddDate(0, 0, 7).Add(-time.Second), "ann", "bob", "2026-10-26 00:00"},
		{"second turn", []string{"ann", "bob"}, since.AddDate(0, 0, 7), "bob", "ann", "2026-11-02 00:00"},
		{"over the end of summer time", []string{"ann", "bob", "cleo"}, since.AddDate(0, 0, 14), "cleo", "ann", "2026-11-09 00:00"},
		{"around again", []string{"ann", "bob"}, since.AddDate(0, 0, 14), "ann", "bob", "2026-11-09 00:00"},
		{"two turns of one", []string{"ann", "ann", "bob"}, since, "ann", "bob", "2026-11-02 00:00"},
		{"alone", []string{"ann"}, since, "ann", "", ""},
		{"alone, twice", []string{"ann", "ann"}, since.AddDate(0, 0, 8), "ann", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			duty := &OnDuty{Since: since, Days: 7}
			for _, login := range tt.rotation {
				duty.Rotation = append(duty.Rotation, advisory.Owner{Kind: advisory.User, Name: login})
			}
			c := Config{Policy: reminder.Policy{Location: newYork}, OnDuty: duty}
			who, next, at := c.Duty(tt.now)
			handOver := ""
			if !at.IsZero() {
				handOver = at.In(newYork).Format("2006-01-02 15:04")
			}
			if who != tt.who || next != tt.next || handOver != tt.handOver {
				t.Errorf("%q, then %q from %q, want %q, then %q from %q", who, next, handOver, tt.who, tt.next, tt.handOver)
			}
		})
	}
	if who, _, _ := (Config{}).Duty(since); who != "" {
		t.Errorf("without a rotation %q is on duty", who)
	}
}
