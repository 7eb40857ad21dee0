package notifytest

import (
	"reflect"
	"strings"
	"testing"
)

// Every text of a digest and of a report is one from outside, but for the
// delivery's id and the organization's own words: a field that is new must not
// be forgotten.
func TestOutsideReachesEverything(t *testing.T) {
	d, reports := Outside("lure")
	r := reports[1]
	n := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			if v.Type().PkgPath() == "time" {
				return
			}
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s is empty", path)
			}
			for i := range v.Len() {
				walk(path+"[]", v.Index(i))
			}
		case reflect.String:
			n++
			own := strings.Contains(path, ".Texts.") && !strings.Contains(path, "ReleaseBranches") || path == "digest.ID" || path == "report.ID"
			// The name of a digest's channel has no place for a failure.
			own = own || path == "report.Digests[].Failure"
			if !own && v.String() != "lure" {
				t.Errorf("%s is %q", path, v)
			}
		}
	}
	walk("digest", reflect.ValueOf(d))
	r.Texts.ReleaseBranches = d.Texts.ReleaseBranches // stand in digests only
	walk("report", reflect.ValueOf(r))
	if n < 100 {
		t.Errorf("only %d texts", n)
	}
}
