package notify

import "fmt"

// A Try is what the report of a live try says: everything went to the one who
// tries it, and to nobody else.
type Try struct {
	Place string // where the report would go
	Sent  int    // digests that went to the one who tries
	More  int    // further digests, which went nowhere
}

// line says what went where.
func (t Try) line() Line {
	digests := Plural(t.Sent, "digest", "digests")
	if t.More > 0 {
		digests = fmt.Sprintf("%s with the most severe drafts (%d more did not go out)", digests, t.More)
	}
	return Line{bold("This was a try: the report and " + digests + " went to you, and nothing to anybody else."),
		text(" Without send-all-to the report would go to " + clip(t.Place, longest) + ". Nothing was noted in a ledger.")}
}

// tried says of a digest to whom it would go, or nothing where it goes there.
func tried(d Digest) Line {
	if d.Try == "" {
		return nil
	}
	return Line{bold("This is a try, and went to you alone."), text(" Without send-all-to it would go to " + clip(d.Try, longest) + ".")}
}
