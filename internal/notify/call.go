package notify

// Calls returns the login of whoever is on duty, where a report calls them: where
// something new needs a human. It is empty where nobody is called.
func Calls(r Report) string {
	if !r.Calls() || !Mentionable(r.OnDuty) {
		return ""
	}
	return r.OnDuty
}
