package published

import (
	"fmt"
	"strings"
)

// addComments adds to a description of REST what is known of the comments of an
// advisory: the operations, and the fields of an answer as far as their type is
// known. What isn't known is not judged.
func addComments(rest, known object) error {
	endpoints, _ := known["endpoints"].([]any)
	fields, _ := known["comment_object"].(object)
	additions, _ := known["advisory_object_additions"].(object)
	if len(endpoints) == 0 || len(fields) == 0 || len(additions) == 0 {
		return fmt.Errorf("endpoints, comment_object or advisory_object_additions is missing")
	}
	comment := object{"type": "object", "properties": object{}, "required": []any{}, "additionalProperties": object{}}
	for name, field := range fields {
		kind, ok := field.(object)["type"].(string)
		if !ok {
			continue
		}
		comment["properties"].(object)[name] = typed(kind)
		if sure, _ := field.(object)["sure"].(string); strings.HasPrefix(sure, "observed") {
			comment["required"] = append(comment["required"].([]any), name)
		}
	}
	advisory := rest["components"].(object)["schemas"].(object)["repository-advisory"].(object)["properties"].(object)
	for name, field := range additions {
		kind, _ := field.(object)["type"].(string)
		advisory[name] = typed(kind)
	}

	paths := rest["paths"].(object)
	for _, e := range endpoints {
		endpoint := e.(object)
		method, ok := endpoint["method"].(string)
		if !ok {
			continue // not there yet
		}
		path := endpoint["path"].(string)
		at, ok := paths[path].(object)
		if !ok {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(method)] = operation(endpoint, comment)
	}
	return nil
}

// operation describes what an endpoint for comments takes and answers.
func operation(endpoint, comment object) object {
	operation := object{}
	if queries, ok := endpoint["query"].(object); ok {
		parameters := []any{}
		for name := range queries {
			kind := "integer"
			if name == "since" {
				kind = "string, date-time"
			}
			parameters = append(parameters, object{"name": name, "in": "query", "schema": typed(kind)})
		}
		operation["parameters"] = parameters
	}
	if _, ok := endpoint["body"]; ok {
		operation["requestBody"] = object{"required": true, "content": jsonOf(object{
			"type": "object", "required": []any{"body"}, "properties": object{"body": typed("string")},
		})}
	}
	status, answer := "200", comment
	switch endpoint["op"] {
	case "list":
		answer = object{"type": "array", "items": comment}
	case "create":
		status = "201"
	}
	operation["responses"] = object{status: object{"content": jsonOf(answer)}, "403": object{}, "404": object{}, "422": object{}}
	return operation
}

func jsonOf(schema object) object { return object{"application/json": object{"schema": schema}} }

// typed is the schema of a type that is told in words, such as "string or null"
// or "string, date-time".
func typed(words string) object {
	schema := object{}
	for _, kind := range []string{"integer", "string", "object"} {
		if strings.HasPrefix(words, kind) {
			schema["type"] = kind
		}
	}
	if strings.Contains(words, "date-time") {
		schema["format"] = "date-time"
	}
	if strings.Contains(words, "or null") {
		schema["nullable"] = true
	}
	return schema
}
