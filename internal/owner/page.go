package owner

// pageInfo says how a list of GitHub's goes on. It is nil where GitHub does not
// say so.
type pageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

// noWholeList is why a list is not believed that is none, or that goes on where
// nobody can follow.
const noWholeList = "GitHub's answer is not the whole list"

// next returns the cursor of the next page, or nothing after the last one. It
// reports false where that can't be known, or the next page can't be asked for.
func (p *pageInfo) next() (cursor string, ok bool) {
	switch {
	case p == nil:
		return "", false
	case !p.HasNextPage:
		return "", true
	case p.EndCursor == nil || *p.EndCursor == "":
		return "", false
	}
	return *p.EndCursor, true
}
