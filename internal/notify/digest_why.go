package notify

import (
	"path"
	"slices"
	"strings"
)

// why says why the recipient got the message, of which files, and who else did.
func why(d Digest) (list []Line) {
	var reasons []string
	sources := false
	for _, i := range d.Items {
		w := clip(i.Why, longest)
		if w == "" || slices.Contains(reasons, w+i.Source) {
			continue
		}
		reasons = append(reasons, w+i.Source)
		if u, ok := SafeURL(i.Source); ok {
			list = append(list, Line{text(capital(w) + " in "), link(path.Base(u), u), text(".")})
			sources = true
			continue
		}
		list = append(list, sentence(capital(w)+"."))
	}
	if sources {
		list = append(list, sentence("Not yours? Change it there."))
	} else if len(reasons) > 0 {
		list = append(list, Line{text("Not yours? Tell "), whereToAsk(d.Texts), text(".")})
	}
	list = append(list, sentence("You are responsible for the fix, and are reminded as often as its severity asks for until it is published or closed."))
	if also := also(d); also != "" {
		list = append(list, sentence("Also reminded: "+also+"."))
	}
	return list
}

// also names who else is reminded, by repository where that differs.
func also(d Digest) string {
	names := func(i Item) string { return FirstOf(clipped(i.Others)) }
	var parts []string
	same := true
	for _, i := range d.Items {
		others := names(i)
		same = same && others == names(d.Items[0])
		if others != "" {
			if part := others + " (" + clip(i.Repository.String(), 200) + ")"; !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	if same && len(d.Items) > 0 {
		return names(d.Items[0])
	}
	return strings.Join(parts, "; ")
}
