// Package spelling guesses which known name somebody meant by one that is not
// known.
package spelling

import "strings"

// DidYouMean asks whether somebody who wrote a word meant the known name that is
// nearest to it; see Nearest. It is empty where none is near.
func DidYouMean(word string, known []string) string {
	if best := Nearest(word, known); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// Nearest returns the known name that takes the fewest slips of the pen to become a
// word: a character too many, too few, another, or two that changed places. It is empty
// where more than a third of the word would be slips, or none. Case is none. Of two that
// are equally near it is the first.
func Nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, name := range known {
		if d := slips(strings.ToLower(word), strings.ToLower(name)); 0 < d && d < least {
			best, least = name, d
		}
	}
	return best
}

// slips is the distance between two words by optimal string alignment.
func slips(a, b string) int {
	var before []int // two rows up
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row := []int{i + 1}
		for j := range len(b) {
			differ := 1
			if a[i] == b[j] {
				differ = 0
			}
			d := min(above[j+1]+1, row[j]+1, above[j]+differ)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			row = append(row, d)
		}
		before, above = above, row
	}
	return above[len(b)]
}
