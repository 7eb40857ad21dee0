package advisory

import "strings"

// Severity is how bad an advisory is, from Unscored to Critical. The order of
// the values is the order of the severities.
type Severity int

// The severities of OEP-60, and the lack of one.
const (
	Unscored Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities are the scored ones, the most severe first.
var Severities = [...]Severity{Critical, High, Medium, Low}

// String returns GitHub's word for the severity, or "unscored".
func (s Severity) String() string {
	return [...]string{"unscored", "low", "medium", "high", "critical"}[s]
}

// ParseSeverity reads a scored severity in any case, and reports whether s is
// one.
func ParseSeverity(s string) (Severity, bool) {
	for _, v := range Severities {
		if strings.EqualFold(s, v.String()) {
			return v, true
		}
	}
	return Unscored, false
}

// FromScore returns the severity of a CVSS 3.1 base score by the table of
// OEP-60 (which is CVSS's own qualitative scale). A score of 0 is Unscored.
func FromScore(score float64) Severity {
	switch {
	case score >= 9.0:
		return Critical
	case score >= 7.0:
		return High
	case score >= 4.0:
		return Medium
	case score >= 0.1:
		return Low
	}
	return Unscored
}
