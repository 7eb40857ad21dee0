package main

import (
	"fmt"
	"regexp"
	"strconv"
)

// A version is that of a release, without pre-release or build parts: the
// moving major tag stands for finished releases only.
type version struct{ major, minor, patch int }

var fullVersion = regexp.MustCompile(`^v(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)

// parseVersion reads a tag such as v1.2.3.
func parseVersion(tag string) (version, error) {
	m := fullVersion.FindStringSubmatch(tag)
	if m == nil {
		return version{}, fmt.Errorf("%q is no version such as v1.2.3", tag)
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits, at most six
	}
	return version{n[0], n[1], n[2]}, nil
}

// String returns the tag, such as v1.2.3.
func (v version) String() string { return fmt.Sprintf("v%d.%d.%d", v.major, v.minor, v.patch) }

// majorTag returns the moving tag, such as v1.
func (v version) majorTag() string { return fmt.Sprintf("v%d", v.major) }

// newest reports whether v is the highest of its major version, given all tags
// that there are. A fix for an older minor version is not, and v1 stays where
// it is.
func (v version) newest(tags map[string]string) bool {
	for tag := range tags {
		other, err := parseVersion(tag)
		if err != nil || other.major != v.major {
			continue
		}
		if other.minor > v.minor || other.minor == v.minor && other.patch > v.patch {
			return false
		}
	}
	return true
}
