package notify

// Calls returns the login of whoever is on duty, where a report calls them: where
// something needs a human. It is empty where nobody is called.
func Calls(r Report) string {
	if len(r.Alarm)+needsHuman(r) == 0 || !Mentionable(r.OnDuty) {
		return ""
	}
	return r.OnDuty
}
