package ledger

// CommentSeen reports whether an owner has ever answered below a comment of the
// program's, so that GitHub is known to show these to people.
func (l *Ledger) CommentSeen() bool { return false }
