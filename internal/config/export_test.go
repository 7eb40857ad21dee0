package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Tree returns the data of a text, as a schema sees it. It returns false where
// the text is no YAML, or holds what this file may not hold in any place:
// anchors, tags, keys that are no text or that are given twice.
func Tree(text []byte) (any, bool) {
	root, err := parse(text)
	if err != nil || root == nil {
		return nil, err == nil
	}
	return tree(root)
}

func tree(n *yaml.Node) (any, bool) {
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return nil, false
	}
	switch n.Tag {
	case "!!null":
		return nil, true
	case "!!str", "!!timestamp":
		return n.Value, true
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), true
	case "!!int":
		var number int
		err := n.Decode(&number)
		return number, err == nil
	case "!!float":
		return 1.5, true // a number like any other: no key takes one
	case "!!seq":
		list := []any{}
		for _, item := range n.Content {
			v, ok := tree(item)
			if !ok {
				return nil, false
			}
			list = append(list, v)
		}
		return list, true
	case "!!map":
		m := make(map[string]any)
		for i := 0; i < len(n.Content); i += 2 {
			key, ok := tree(n.Content[i])
			name, isText := key.(string)
			if _, twice := m[name]; !ok || !isText || twice {
				return nil, false
			}
			if m[name], ok = tree(n.Content[i+1]); !ok {
				return nil, false
			}
		}
		return m, true
	}
	return nil, false
}
