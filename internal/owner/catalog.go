package owner

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openedx/advisory-reminders/internal/yamlfile"
)

// maxCatalog is the limit of a catalog-info.yaml. Real ones have two kilobytes.
const maxCatalog = 64 << 10

// ParseCatalog returns the owners that a catalog-info.yaml names for a
// repository of org: spec.owner of all its Components or, where those name
// nobody, of all its documents. It returns an error where the text is no YAML,
// and where it is larger or nested deeper than such a file can reasonably be.
//
// Source: https://docs.openedx.org/projects/openedx-proposals/en/latest/processes/oep-0055-proc-project-maintainers.html
func ParseCatalog(text []byte, org string) (Named, error) {
	if len(text) > maxCatalog {
		return Named{}, fmt.Errorf("larger than %d KiB", maxCatalog>>10)
	}
	docs, err := yamlfile.Documents(text)
	if err != nil {
		return Named{}, err
	}
	var components, all Named
	for _, doc := range docs {
		if err := repeated(doc); err != nil {
			return Named{}, err
		}
		owner := field(field(doc, "spec"), "owner")
		readOwner(&all, owner, org)
		if kind, _ := scalar(field(doc, "kind")); strings.EqualFold(strings.TrimSpace(kind), "component") {
			readOwner(&components, owner, org)
		}
	}
	if len(components.Owners) > 0 {
		return components, nil
	}
	return all, nil
}

// repeated returns an error where a mapping has a key twice.
func repeated(n *yaml.Node) error {
	first := make(map[string]int)
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.ScalarNode {
			if line, ok := first[c.Value]; ok {
				return fmt.Errorf("line %d repeats the key of line %d", c.Line, line)
			}
			first[c.Value] = c.Line
		}
		if err := repeated(c); err != nil {
			return err
		}
	}
	return nil
}

// follow returns what stands behind an alias.
func follow(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// field returns the value of a key of a mapping, or nil. A merged mapping
// counts where the mapping itself has no such key.
func field(n *yaml.Node, key string) *yaml.Node {
	for range 10 { // a mapping can be merged into itself
		n = follow(n)
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var merged *yaml.Node
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Tag == "!!merge" {
				merged = n.Content[i+1]
			} else if name, _ := scalar(n.Content[i]); name == key {
				return n.Content[i+1]
			}
		}
		n = merged
	}
	return nil
}

// scalar returns a text, number or the like as it is written, without quotes.
func scalar(n *yaml.Node) (string, bool) {
	n = follow(n)
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", false
	}
	return n.Value, true
}

// readOwner adds what spec.owner names.
func readOwner(named *Named, owner *yaml.Node, org string) {
	if owner == nil {
		return
	}
	values := []*yaml.Node{owner}
	if list := follow(owner); list.Kind == yaml.SequenceNode {
		values = list.Content
	}
	for _, v := range values {
		if follow(v).Tag == "!!null" {
			continue
		}
		at := fmt.Sprintf("line %d: ", v.Line)
		s, ok := scalar(v)
		if !ok {
			named.complain(at + "an owner is neither a name nor a list of names")
			continue
		}
		o, problem := reference(s, org)
		if problem != "" {
			named.complain(at + problem)
			continue
		}
		named.add(o)
	}
}
