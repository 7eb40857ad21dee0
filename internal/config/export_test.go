package config

import "github.com/goccy/go-yaml/ast"

// Tree returns the data of a text, as a schema sees it. It returns false where
// the text is no YAML, or holds what this file may not hold in any place:
// anchors, tags, keys that are no text or that are given twice.
func Tree(text []byte) (any, bool) {
	root, err := parse(text)
	if err != nil {
		return nil, false
	}
	return tree(root)
}

func tree(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return 1.5, true // a number like any other: no key takes one
	case *ast.SequenceNode:
		list := []any{}
		for _, item := range n.Values {
			v, ok := tree(item)
			if !ok {
				return nil, false
			}
			list = append(list, v)
		}
		return list, true
	case *ast.MappingNode:
		return mapping(n.Values)
	case *ast.MappingValueNode:
		return mapping([]*ast.MappingValueNode{n})
	}
	return nil, false
}

func mapping(pairs []*ast.MappingValueNode) (any, bool) {
	m := make(map[string]any)
	for _, pair := range pairs {
		key, ok := pair.Key.(*ast.StringNode)
		if !ok {
			return nil, false
		}
		if _, twice := m[key.Value]; twice {
			return nil, false
		}
		if m[key.Value], ok = tree(pair.Value); !ok {
			return nil, false
		}
	}
	return m, true
}
