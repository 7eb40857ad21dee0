package advisory_test

import (
	"math"
	"testing"

	"github.com/openedx/advisory-reminders/internal/advisory"
)

func TestFromScore(t *testing.T) {
	tests := []struct {
		score float64
		want  advisory.Severity
	}{
		{-1, advisory.Unscored},
		{0.0, advisory.Unscored},
		{0.09, advisory.Unscored},
		{0.1, advisory.Low},
		{3.9, advisory.Low},
		{math.Nextafter(4, 0), advisory.Low},
		{4.0, advisory.Medium},
		{6.9, advisory.Medium},
		{math.Nextafter(7, 0), advisory.Medium},
		{7.0, advisory.High},
		{8.9, advisory.High},
		{math.Nextafter(9, 0), advisory.High},
		{9.0, advisory.Critical},
		{10.0, advisory.Critical},
		{math.NaN(), advisory.Unscored},
	}
	for _, test := range tests {
		if got := advisory.FromScore(test.score); got != test.want {
			t.Errorf("FromScore(%v) = %v, want %v", test.score, got, test.want)
		}
	}
}

func TestParseSeverity(t *testing.T) {
	tests := []struct {
		text string
		want advisory.Severity // Unscored: not a severity
	}{
		{"critical", advisory.Critical},
		{"high", advisory.High},
		{"medium", advisory.Medium},
		{"low", advisory.Low},
		{"LOW", advisory.Low},
		{"", advisory.Unscored},
		{"unscored", advisory.Unscored},
		{"moderate", advisory.Unscored},
		{" low", advisory.Unscored},
	}
	for _, test := range tests {
		got, ok := advisory.ParseSeverity(test.text)
		if got != test.want || ok != (test.want != advisory.Unscored) {
			t.Errorf("ParseSeverity(%q) = %v, %t; want %v", test.text, got, ok, test.want)
		}
	}
}

// The plan sorts by severity, and messages go through Severities in order.
func TestSeverityOrder(t *testing.T) {
	last := advisory.Critical + 1
	for _, s := range advisory.Severities {
		if s >= last || s <= advisory.Unscored {
			t.Errorf("%v stands behind %v", s, last)
		}
		last = s
		if got, ok := advisory.ParseSeverity(s.String()); !ok || got != s {
			t.Errorf("ParseSeverity(%q) = %v, %t", s.String(), got, ok)
		}
	}
	if got := advisory.Unscored.String(); got != "unscored" {
		t.Errorf("Unscored is written %q", got)
	}
}
