package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// LastingKey names a condition that lasts, such as a warning: it is of a kind, and
// known by a text, which the ledger does not hold.
func LastingKey(kind, text string) string {
	sum := sha256.Sum256([]byte(text))
	return kind + " " + hex.EncodeToString(sum[:8])
}

// SaidLasting reports whether an accepted report has said that a condition lasts,
// since it began.
func (l *Ledger) SaidLasting(key string) bool {
	_, ok := l.Lasting[key]
	return ok
}

// SayLasting notes that an accepted report has said at now, or one before it, what
// lasts.
func (l *Ledger) SayLasting(keys []string, now time.Time) {
	for _, key := range keys {
		if l.Lasting == nil {
			l.Lasting = make(map[string]time.Time)
		}
		l.Lasting[key] = now.UTC()
	}
}

// OnlyLasting reports whether all that was said to last does.
func (l *Ledger) OnlyLasting(keys []string) bool {
	n := 0
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		if l.SaidLasting(key) {
			n++
		}
	}
	return n == len(l.Lasting)
}

// KeepLasting forgets what has ended: it is news when it begins again.
func (l *Ledger) KeepLasting(keys []string) {
	is := make(map[string]bool)
	for _, key := range keys {
		is[key] = true
	}
	maps.DeleteFunc(l.Lasting, func(key string, _ time.Time) bool { return !is[key] })
}

// mergeLasting adds what another run's report has said. What has ended for one of
// them is forgotten by the next run.
func (l *Ledger) mergeLasting(theirs *Ledger) {
	for key, at := range theirs.Lasting {
		if ours, ok := l.Lasting[key]; !ok || at.After(ours) {
			l.SayLasting([]string{key}, at)
		}
	}
}

// disbelieveLasting drops what was said after a time that can't be right.
func (l *Ledger) disbelieveLasting(limit time.Time) (found bool) {
	maps.DeleteFunc(l.Lasting, func(_ string, at time.Time) bool {
		found = found || at.After(limit)
		return at.After(limit)
	})
	return found
}
