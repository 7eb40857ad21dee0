package notify

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// rows lays out a list.
func rows[T any](list []T, cells func(T) []Line) [][]Line {
	var out [][]Line
	for _, v := range list {
		out = append(out, cells(v))
	}
	return out
}

// alike puts together what is of one kind, in the order in which the kinds come up.
func alike[T any, K comparable](list []T, kind func(T) K) (groups [][]T) {
	place := make(map[K]int)
	for _, v := range list {
		k := kind(v)
		at, ok := place[k]
		if !ok {
			at = len(groups)
			place[k], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], v)
	}
	return groups
}

// fact is a line that has a name, and says what it is.
func fact(name, s string) Line { return append(Line{label(name), text(" ")}, outside(s)...) }

func label(s string) Span { return bold(s + ":") }

// outside is a line of a text that somebody else wrote.
func outside(s string) Line { return sentence(clip(s, longest)) }

// itemName names an advisory, with its title where that may be shown.
func itemName(i Item) Line {
	return append(Line{bold(clip(i.Repository.String(), 200)), text(" ")}, idAndTitle(i)...)
}

func idAndTitle(i Item) Line {
	l := Line{link(clip(i.ID, 40), i.URL)}
	if s := clip(i.Summary, longest); s != "" {
		l = append(l, text(": "+s))
	}
	return l
}

func itemCells(i Item) []Line {
	return []Line{itemName(i), sentence(rating(i)), sentence(age(i.OpenDays))}
}

// names lists recipients, which are separated by commas.
func names(list string) Line { return someNames(list, math.MaxInt) }

// someNames is names of so many recipients, with how many others there are.
func someNames(list string, most int) Line {
	var all []Line
	for name := range strings.SplitSeq(list, ", ") {
		all = append(all, Line{code(name)})
	}
	return some(all, most)
}

// some lists people, with so many names at most, and how many others there are.
func some(people []Line, most int) Line {
	if rest := len(people) - most; rest > 1 {
		return append(joined(people[:most], ", "), text(fmt.Sprintf(" and %d others", rest)))
	}
	return joined(people, ", ")
}

// person names somebody.
func person(login string) Line { return Line{code(orElse(login, "somebody"))} }

func until(t time.Time, zone *time.Location) Line { return sentence("until " + date(t, zone)) }

// reason is that of a snooze.
func reason(s string) Line { return outside(orElse(s, "no reason given")) }

// snoozeCells says when a snooze ends or has ended, and why it is there.
func snoozeCells(z Snooze, when string, loc *time.Location) []Line {
	return []Line{itemName(z.Item), sentence(rating(z.Item)), sentence(when + date(z.Until, loc)), reason(z.Reason)}
}

// openedRows lays out drafts, those of one repository and the same people in one row.
func openedRows(list []Opened) (out [][]Line) {
	type group struct{ repository, to string }
	place := make(map[group]int)
	for _, o := range list {
		g := group{o.Item.Repository.Key(), strings.Join(o.To, ", ")}
		if at, ok := place[g]; ok && len(out[at][0]) < 4*together {
			out[at][0] = append(append(out[at][0], text(", ")), idAndTitle(o.Item)...)
			continue
		}
		place[g] = len(out)
		out = append(out, []Line{itemName(o.Item), names(g.to)})
	}
	return out
}
