package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openedx/advisory-reminders/internal/sandbox"
)

// element is one element of a document.
type element struct {
	name string
	attr map[string]string
}

// parseHTML reads a document as strictly as XML: every element that needs an
// end has one, and in the right place. It leaves out what styles and scripts
// hold.
func parseHTML(document string) ([]element, error) {
	raw := regexp.MustCompile(`(?s)(<(style|script)>).*?(</(style|script)>)`)
	document = raw.ReplaceAllString(document, "$1$3")
	document = strings.Replace(document, "<!doctype html>", "", 1)
	d := xml.NewDecoder(strings.NewReader(document))
	d.Strict = true
	d.Entity = xml.HTMLEntity
	d.AutoClose = []string{"meta", "br", "hr", "img", "base"}
	d.Strict = false // attributes without values; ends are checked below
	var list []element
	var open []string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return nil, fmt.Errorf("still open: %v", open)
			}
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{token.Name.Local, map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			list = append(list, e)
			if !slices.Contains(d.AutoClose, e.name) {
				open = append(open, e.name)
			}
		case xml.EndElement:
			if slices.Contains(d.AutoClose, token.Name.Local) {
				continue
			}
			if len(open) == 0 || open[len(open)-1] != token.Name.Local {
				return nil, fmt.Errorf("</%s> ends %v", token.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// unpacked puts a page's messages where they are shown.
func unpacked(t *testing.T, document string) string {
	t.Helper()
	shell, rest, _ := strings.Cut(document, `<template id="messages">`)
	packed, rest, ok := strings.Cut(rest, "</template>")
	if !ok {
		t.Fatal("the page has no messages")
	}
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	messages, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(shell+rest, "</main>", string(messages)+"</main>", 1)
}

func TestPage(t *testing.T) {
	w := newFake(t)
	w.status["2026-11-18"] = 1
	_, dir := runFake(t, w, nil)
	raw, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	document := unpacked(t, string(raw))
	elements, err := parseHTML(document)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("links lead somewhere", func(t *testing.T) {
		ids := map[string]bool{}
		for _, e := range elements {
			if id := e.attr["id"]; id != "" {
				if ids[id] {
					t.Errorf("id %s is there twice", id)
				}
				ids[id] = true
			}
		}
		for _, e := range elements {
			if to, ok := strings.CutPrefix(e.attr["href"], "#"); ok && to != "" && !ids[to] {
				t.Errorf("link to #%s, which is not there", to)
			}
		}
	})

	t.Run("every message is there", func(t *testing.T) {
		frames, articles := map[string]int{}, 0
		for _, e := range elements {
			if e.name == "iframe" {
				frames[e.attr["srcdoc"]]++
				if e.attr["sandbox"] != "allow-popups allow-popups-to-escape-sandbox" {
					t.Errorf("sandbox = %q", e.attr["sandbox"])
				}
			}
			if e.name == "article" {
				articles++
			}
		}
		mails := w.mail.Mails()
		want := map[string]int{}
		for _, m := range mails {
			want[strings.ReplaceAll(withBase(m.HTML), "\r\n", "\n")]++
			if !strings.Contains(document, html.EscapeString(m.MessageID)) {
				t.Errorf("no header of %s", m.MessageID)
			}
		}
		if diff := cmp.Diff(want, frames); diff != "" {
			t.Error(diff)
		}
		roots, replies, summaries := 0, 0, 3 // the dry run, the run that failed, and all others, which are of one kind
		for _, m := range w.slack.Messages() {
			if m.ThreadTS != "" {
				replies++
			} else {
				roots++
			}
		}
		const threads = 1
		if want := 1 + len(mails) + roots + summaries + threads; articles != want {
			t.Errorf("%d articles, want %d", articles, want)
		}
		if got := strings.Count(document, `<div class="reply">`); got != replies || replies == 0 {
			t.Errorf("%d replies, want %d", got, replies)
		}
		for _, words := range []string{"frontend can open drafts of edx-platform", "3 comments, 2 by the program", "<code>/remind help</code><br>", "Mine. &lt;script&gt;", "and what people answered on the drafts",
			"12 drafts are open", "no run", "exit status 1", "looked at 12 drafts", "Told for the first time: ada",
			"connect to the mail server: 100% broken", "Dry run: what the first live run will send", "would send nothing to &lt;nobody&gt;",
			"<code>critical</code>", `<span class="chip c-report">report</span>`} {
			if !strings.Contains(document, words) {
				t.Errorf("the page lacks %q", words)
			}
		}
	})

	t.Run("no commands to the runner", func(t *testing.T) {
		for _, bad := range []string{"add-mask", "::error", "xoxb-demo"} {
			if strings.Contains(document, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
	})

	t.Run("nothing hostile", func(t *testing.T) {
		for _, bad := range []string{"<script>alert", "<img", `href="javascript:`, "onerror=alert(2)>\"'"} {
			if strings.Contains(document, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		if got := strings.Count(document, "<script"); got != 1 {
			t.Errorf("%d scripts, want ours alone", got)
		}
		if got := strings.Count(document, html.EscapeString(hostile)); got < 50 {
			t.Errorf("the hostile text is shown %d times, want it as text wherever it was", got)
		}
	})

	t.Run("no network", func(t *testing.T) {
		for _, e := range elements {
			if e.attr["src"] != "" || e.name == "link" {
				t.Errorf("<%s %v>", e.name, e.attr)
			}
		}
		if !strings.Contains(document, "default-src &#39;none&#39;") {
			t.Error("no content security policy")
		}
	})

	t.Run("the script may run", func(t *testing.T) {
		for _, never := range []string{"</script", "<!--"} {
			if strings.Contains(pageJS, never) {
				t.Errorf("the script holds %q", never)
			}
		}
		if !strings.Contains(document, "<script>"+pageJS+"</script>") {
			t.Error("the template changed the script, so that its hash is wrong")
		}
	})
}

func TestPageOfNothing(t *testing.T) {
	w := newFake(t)
	world := w.world()
	s := newStory(world, schedule(world.Start, world.End, 1, 10), day{}, 0)
	dir := t.TempDir()
	if err := writePage(dir, s); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseHTML(unpacked(t, string(document))); err != nil {
		t.Error(err)
	}
}

// Whoever opens the page reads what it is, and where to begin.
func TestPageSaysWhereToBegin(t *testing.T) {
	w := newFake(t)
	_, dir := runFake(t, w, nil)
	raw, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	_, intro, _ := strings.Cut(string(raw), `<p class="intro">`)
	intro, _, _ = strings.Cut(intro, "</p>")
	for _, want := range []string{"in an organization that does not exist", `<a href="#m1">the dry run`, `<a href="#b1">the working group&#39;s reports</a>`, "who got the most</a>"} {
		if !strings.Contains(intro, want) {
			t.Errorf("the page does not begin with %q: %s", want, intro)
		}
	}
}

// Of job summaries that differ in numbers alone there is one; one of a run that
// failed is always there.
func TestSummariesOfOneKind(t *testing.T) {
	b := newBinder(&story{})
	at := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	for n, title := range []string{"2 things need a human", "Nothing new needs a human", "13 things need a human", "3 things need a human"} {
		b.day(day{at: at.AddDate(0, 0, n), summary: "# " + title + "\n"})
	}
	for n := range 2 {
		b.day(day{at: at.AddDate(0, 1, n), summary: "# 2 things need a human\n", status: 1})
	}
	var got []string
	for _, i := range b.boxes[summaryBox].Entries {
		got = append(got, fmt.Sprintf("%s +%d %s", i.Title, i.Alike, i.Failed))
	}
	want := []string{"2 things need a human +2 ", "Nothing new needs a human +0 ", "2 things need a human +0 exit status 1", "2 things need a human +0 exit status 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBoxes(t *testing.T) {
	s := &story{everyone: []Person{{Login: "ada", Name: "Ada", Emails: []string{"ADA@example.org"}}}}
	b := newBinder(s)
	at := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	b.day(day{at: at,
		mails: []sandbox.Mail{
			{To: []string{"ada@example.org", "stranger@example.org"}, At: at, Text: "hello"},
		},
		messages: []sandbox.SlackMessage{
			{Channel: "C1", ChannelName: "frontend", TS: "1", Text: "team", At: at},
			{Channel: "C2", ChannelName: sandbox.ReportChannel, TS: "2", Text: "report", At: at},
			{Channel: "D1", UserID: "U404", TS: "4", Text: "hi", At: at},
			{Channel: "D1", UserID: "U404", TS: "5", ThreadTS: "4", Text: "more", At: at},
		},
	})
	var got []string
	for _, g := range b.groups() {
		for _, x := range g.Boxes {
			got = append(got, fmt.Sprintf("%s/%s %d", g.Name, x.Name, len(x.Entries)))
		}
	}
	want := []string{
		"Working group/#" + sandbox.ReportChannel + " 1", "Recipients/#frontend 1", "Recipients/Ada 1",
		"Recipients/stranger@example.org 1", "Recipients/U404 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if i := b.boxes["U404"].Entries[0]; i.Replies != 1 || !strings.Contains(string(i.Tabs[0].Body), "more") {
		t.Errorf("the thread's reply is missing: %+v", i)
	}
	if who := b.items[0].Who; who != "Ada, stranger@example.org" {
		t.Errorf("who = %q", who)
	}
}

// A draft's thread is one item, in the box of drafts and in those of whom the program
// calls there, on each day on which it does.
func TestThreadsOfDrafts(t *testing.T) {
	const marker = "\n<!-- advisory-reminders: 1 -->"
	comment := func(author, body string) sandbox.Comment { return sandbox.Comment{Author: author, Body: body} }
	before := map[string]Draft{"A": {ID: "A", Repository: "r", Collaborators: []string{"ada"}}, "B": {ID: "B", Comments: []sandbox.Comment{comment("x", "old")}}}
	all := []Draft{
		{ID: "A", Repository: "r", Collaborators: []string{"ada", "team"}, Comments: []sandbox.Comment{
			comment("bot", "@ada @bob Next"+marker), comment("bob", "@eve I am on it"), comment("bot", "@bob Noted: @eve"+marker)}},
		{ID: "B", Comments: []sandbox.Comment{comment("x", "old")}},
	}
	var d day
	d.noteDrafts(before, map[string]Draft{"A": all[0], "B": all[1]})
	if diff := cmp.Diff([]string{"team can open drafts of r"}, d.opened); diff != "" {
		t.Error(diff)
	}
	s := &story{drafts: all}
	var to []string
	for _, v := range s.deliveries(d) {
		to = append(to, v.cadence+" "+v.to)
	}
	if diff := cmp.Diff([]string{"comment ada", "comment bob", "comment bob"}, to); diff != "" {
		t.Error(diff)
	}
	b := newBinder(s)
	for n := range 2 {
		if items := b.day(d); len(items) != 1 || items[0] != b.boxes[draftBox].Entries[0] || items[0].Who != "ada, bob" {
			t.Errorf("day %d: %+v", n, items)
		}
	}
	if len(b.items) != 1 || len(b.boxes) != 3 || len(b.boxes["bob"].Entries) != 1 {
		t.Errorf("%d items, %d boxes", len(b.items), len(b.boxes))
	}
}
