package inert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
)

// maxCharacters is how long one Slack message may get in all.
const maxCharacters = 11_000

var (
	slackControl = regexp.MustCompile(`<([^<>]*)>`)
	slackLink    = regexp.MustCompile(`^<([^<>|]*)\|([^<>|]*)>$`)
	slackEntity  = regexp.MustCompile(`&(amp|lt|gt);`)
	slackEmoji   = regexp.MustCompile(`:[a-z0-9_+'-]+:`)
)

// Slack returns what Slack would make of a message beyond the program's links:
// mentions, commands, links to elsewhere, emoji; and the limits that it breaks.
func Slack(fallback string, blocks []byte, links Addresses) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	all := length(fallback)
	markup := func(s string) {
		rest := slackControl.ReplaceAllStringFunc(s, func(c string) string {
			m := slackLink.FindStringSubmatch(c)
			if m == nil || !links.Allow(strings.ReplaceAll(m[1], "&amp;", "&")) {
				say("Slack would act on %.100q", c)
			} else if to, ok := strings.CutPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), "mailto:"); ok && !shows(to, m[2]) {
				say("a link to %q shows %.100q", to, m[2])
			}
			return ""
		})
		if i := strings.IndexAny(rest, "<>"); i >= 0 {
			say("there is a bracket in %q", around(rest, i))
		}
		if i := strings.IndexByte(slackEntity.ReplaceAllString(rest, ""), '&'); i >= 0 {
			say("there is a bare & in %.100q", rest)
		}
		if m := slackEmoji.FindString(noCode(rest)); m != "" {
			say("Slack would show %q as an emoji", m)
		}
		for _, line := range strings.Split(rest, "\n") {
			if strings.HasPrefix(line, "&gt;") {
				say("Slack would show a quotation: %.60q", line)
			}
		}
		for _, p := range Text(s) {
			say("a text %s", p)
		}
	}
	markup(fallback)
	if len(blocks) > 0 {
		var list []map[string]any
		if err := json.Unmarshal(blocks, &list); err != nil {
			say("the blocks are no JSON: %v", err)
		}
		if len(list) > 50 {
			say("there are %d blocks", len(list))
		}
		for _, block := range list {
			kind, _ := block["type"].(string)
			if !strings.Contains(" header section context divider rich_text ", " "+kind+" ") {
				say("there is a block of type %q", kind)
			}
			texts(block, func(text map[string]any) {
				s, _ := text["text"].(string)
				all += length(s)
				limit := 3000
				if kind == "header" {
					limit = 150
				}
				if n := length(s); n == 0 || n > limit {
					say("a text of a %s has %d characters", kind, n)
				}
				switch {
				case text["type"] == "plain_text":
					for _, p := range Text(s) {
						say("a heading %s", p)
					}
					if text["emoji"] == true && slackEmoji.MatchString(s) {
						say("a heading shows emoji: %.60q", s)
					}
				case kind == "rich_text" && text["type"] == "text": // Slack shows it as it is
					for _, p := range Text(s) {
						say("a text to copy %s", p)
					}
				case text["type"] != "mrkdwn" || text["verbatim"] != true:
					say("a text is of type %v, verbatim %v", text["type"], text["verbatim"])
				default:
					markup(s)
				}
			})
		}
	}
	if all > maxCharacters+1000 { // the fallback and the note that it goes on are not counted
		say("the message has %d characters", all)
	}
	return problems
}

// noCode takes out what stands in backticks, where Slack shows no emoji.
func noCode(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// texts finds all text objects of a block.
func texts(v any, found func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["text"].(string); ok && v["elements"] == nil {
			found(v)
			return
		}
		for _, child := range v {
			texts(child, found)
		}
	case []any:
		for _, child := range v {
			texts(child, found)
		}
	}
}

// length counts as Slack does at most: in UTF-16 units.
func length(s string) int { return len(utf16.Encode([]rune(s))) }
