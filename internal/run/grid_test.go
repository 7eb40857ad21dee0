package run

import (
	"testing"
	"time"
)

// Whatever is waited for while a run looks, there is time left to claim; a second
// look has no more of it than the first.
func TestTimeIsLeftToClaim(t *testing.T) {
	public := Grid{Began: time.Now(), Length: time.Hour, Now: time.Now}
	for name, tt := range map[string]struct {
		grid Grid
		mark int
		want time.Duration // before the end of deciding
	}{
		"at once":                        {Grid{}, claimAt, claimWithin},
		"at once, again":                 {Grid{}, againBy, claimWithin},
		"where the log is public":        {public, claimAt, time.Hour * (beginBy - claimAt) / endAt},
		"where the log is public, again": {public, againBy, time.Hour * (beginBy - againBy) / endAt},
	} {
		deciding, stop := tt.grid.within(t.Context(), beginBy, decideWithin)
		looking, done := tt.grid.looking(deciding, tt.mark)
		end, _ := deciding.Deadline()
		by, _ := looking.Deadline()
		if got := end.Sub(by).Round(time.Second); got != tt.want {
			t.Errorf("%s: %v are left, want %v", name, got, tt.want)
		}
		done()
		stop()
	}
}
