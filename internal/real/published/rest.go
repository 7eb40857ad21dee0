package published

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// restful judges a call of the REST API.
func (j *Judge) restful(e Exchange) (kind string, deviations []string) {
	path := byName(strings.TrimSuffix(e.URL.EscapedPath(), "/"))
	var r route
	var values []string
	var operation object
	for _, candidate := range j.routes {
		if m := candidate.pattern.FindStringSubmatch(path); m != nil {
			if found, _ := j.at(pointer(candidate.path, e.Method)); found != nil {
				r, values, operation = candidate, m[1:], found
				break
			}
		}
	}
	if operation == nil {
		for kind, pattern := range unjudged {
			if pattern.MatchString(e.Method + " " + path) {
				return kind, nil
			}
		}
		return e.Method + " " + path, []string{"GitHub describes no such operation"}
	}
	kind = fmt.Sprintf("%s %s %d", e.Method, r.path, e.Status)
	at := pointer(r.path, e.Method)
	deviations = append(deviations, j.parameters(e, r, values, at)...)
	deviations = append(deviations, j.requestBody(e, at)...)
	return kind, append(deviations, j.answer(e, at)...)
}

// unjudged are operations that GitHub documents and the excerpt of its description
// leaves out: nobody judges what is said in them.
//
// Source: https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch,
// https://docs.github.com/en/rest/users/users#get-a-user-using-their-id
// and https://docs.github.com/en/rest/issues
var unjudged = map[string]*regexp.Regexp{
	"GET rules of a branch, unjudged": regexp.MustCompile(`^GET /repos/[^/]+/[^/]+/rules/branches/[^/]+$`),
	"GET a user by id, unjudged":      regexp.MustCompile(`^GET /user/[0-9]+$`),
	"issues, unjudged":                regexp.MustCompile(`^(GET|POST) /repos/[^/]+/[^/]+/issues(/[0-9]+/comments)?$|^(GET|PATCH) /repos/[^/]+/[^/]+/issues/[0-9]+$`),
}

// byName is the described path of one by number, to which links and redirects
// lead.
func byName(path string) string {
	if rest, ok := strings.CutPrefix(path, "/organizations/"); ok {
		return "/orgs/" + rest
	}
	if rest, ok := strings.CutPrefix(path, "/repositories/"); ok {
		return "/repos/number/" + rest
	}
	return path
}

func pointer(path, method string) string {
	return "/paths/" + escape(path) + "/" + strings.ToLower(method)
}

func (j *Judge) parameters(e Exchange, r route, values []string, at string) (deviations []string) {
	query, known := e.URL.Query(), []string{}
	for _, holder := range []string{at, "/paths/" + escape(r.path)} {
		owner, _ := j.at(holder)
		list, _ := owner["parameters"].([]any)
		for i := range list {
			parameter, where := j.at(fmt.Sprintf("%s/parameters/%d", holder, i))
			name := parameter["name"].(string)
			var value string
			var given bool
			switch parameter["in"] {
			case "query":
				known = append(known, name)
				value, given = query.Get(name), query.Has(name)
			case "path":
				if k := slices.Index(r.names, name); k >= 0 {
					value, given = values[k], true
					if text, err := url.PathUnescape(value); err == nil {
						value = text
					}
				}
			default:
				continue
			}
			if !given {
				if parameter["required"] == true {
					deviations = append(deviations, fmt.Sprintf("request: parameter %s is missing", name))
				}
				continue
			}
			schema, _ := j.at(where + "/schema")
			for _, problem := range j.conform(where+"/schema", converted(schema, value)) {
				deviations = append(deviations, fmt.Sprintf("request: parameter %s=%s: %s", name, value, problem))
			}
		}
	}
	for name := range query {
		if !slices.Contains(known, name) {
			deviations = append(deviations, fmt.Sprintf("request: parameter %s is not described", name))
		}
	}
	return deviations
}

// converted is a parameter's text as a value of the type that its schema wants.
func converted(schema object, text string) any {
	switch schema["type"] {
	case "integer", "number":
		return json.Number(text)
	case "boolean":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

func (j *Judge) requestBody(e Exchange, at string) []string {
	described, where := j.at(at + "/requestBody")
	if len(e.Body) == 0 {
		if described["required"] == true {
			return []string{"request: there is no body"}
		}
		return nil
	}
	where += "/content/application~1json/schema"
	if schema, _ := j.at(where); schema == nil {
		return []string{"request: there is a body, which GitHub does not ask for"}
	}
	body, err := decoded(e.Body)
	if err != nil {
		return []string{"request: the body is no JSON"}
	}
	return prefixed("request: body: ", j.conform(where, body))
}

func (j *Judge) answer(e Exchange, at string) []string {
	if e.Header.Get("User-Agent") == "" {
		return []string{"request: there is no User-Agent"}
	}
	described, where := j.at(fmt.Sprintf("%s/responses/%d", at, e.Status))
	if described == nil {
		if slices.Contains([]int{401, 429, 500, 502, 503}, e.Status) { // everywhere
			return nil
		}
		return []string{fmt.Sprintf("answer: status %d is not described", e.Status)}
	}
	accept := e.Header.Get("Accept")
	if e.Status < 300 && strings.Contains(accept, "application/vnd.github") && strings.Contains(accept, "raw") {
		return nil // is a file
	}
	where += "/content/application~1json/schema"
	schema, _ := j.at(where)
	if len(e.AnswerBody) == 0 {
		if schema != nil {
			return []string{"answer: there is no body"}
		}
		return nil
	}
	if !strings.HasPrefix(e.AnswerHeader.Get("Content-Type"), "application/json") {
		return []string{"answer: is " + e.AnswerHeader.Get("Content-Type")}
	}
	body, err := decoded(e.AnswerBody)
	switch o, _ := body.(object); {
	case err != nil:
		return []string{"answer: the body is no JSON"}
	case schema != nil:
		found := j.conform(where, body)
		if e.Status >= 400 { // every error bears its status, and not every description of one knows
			found = slices.DeleteFunc(found, func(s string) bool { return s == "/status is not described" })
		}
		return prefixed("answer: ", found)
	case e.Status >= 400 && o["message"] == nil:
		return []string{"answer: an error without a message"}
	}
	return nil
}

func prefixed(prefix string, list []string) []string {
	for i := range list {
		list[i] = prefix + list[i]
	}
	return list
}
