package owner

import "slices"

// A source is a file of a repository that names its owners.
type source struct {
	route Route
	parse func(text []byte, org string) (Named, error)
	paths []string // where it can stand: the first file that exists is the one, whatever it holds
}

// The routes that are files; see sources.
const (
	FromCatalog    Route = "catalog-info.yaml"
	FromCodeowners Route = "CODEOWNERS"
)

// sources are all of them, in the order of the search. A further one is a line here
// and the function that reads it.
var sources = []source{
	{FromCatalog, ParseCatalog, []string{"catalog-info.yaml"}},
	{FromCodeowners, ParseCodeowners, []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}}, // as GitHub looks for it
}

// An object is whatever stands at a path.
type object struct {
	Text        *string
	IsBinary    *bool
	IsTruncated *bool // null for what is no file
}

// broken returns why the text of a file is not known, or nothing.
func (o *object) broken() string {
	switch {
	case o.IsBinary != nil && *o.IsBinary:
		return "binary"
	case *o.IsTruncated:
		return "too long for GitHub to show it whole"
	case o.Text == nil:
		return "no text"
	}
	return ""
}

// read reads what the file of a repository of org says, out of the objects by their
// paths. One that can't be read is ignored.
func (s source) read(objects map[string]*object, org string) route {
	r := route{from: s.route}
	at := slices.IndexFunc(s.paths, func(path string) bool { o := objects[path]; return o != nil && o.IsTruncated != nil })
	if at < 0 {
		return r
	}
	file := objects[s.paths[at]]
	if why := file.broken(); why != "" {
		r.problems = []string{string(s.route) + " was ignored: it is " + why}
		return r
	}
	named, err := s.parse([]byte(*file.Text), org)
	if err != nil {
		r.problems = []string{string(s.route) + " was ignored: " + err.Error()}
		return r
	}
	r.path, r.owners = s.paths[at], named.Owners
	for _, p := range named.Problems {
		r.problems = append(r.problems, string(s.route)+": "+p)
	}
	return r
}
