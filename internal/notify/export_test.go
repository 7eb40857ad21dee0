package notify

// DigestText returns a digest as plain text of about 76 columns.
func DigestText(d Digest) string { return LetterText(NewLetter(d, Mail)) }
