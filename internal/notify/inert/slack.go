package inert

import (
	"encoding/json"
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
func Slack(fallback string, blocks []byte, links Addresses) []string {
	m := slackMessage{links: links, characters: length(fallback)}
	m.markup(fallback)
	var list []map[string]any
	if len(blocks) > 0 {
		if err := json.Unmarshal(blocks, &list); err != nil {
			m.say("the blocks are no JSON: %v", err)
		}
	}
	if len(list) > 50 {
		m.say("there are %d blocks", len(list))
	}
	for _, block := range list {
		kind, _ := block["type"].(string)
		if !strings.Contains(" header section context divider rich_text ", " "+kind+" ") {
			m.say("there is a block of type %q", kind)
		}
		texts(block, func(text map[string]any) { m.textIn(kind, text) })
	}
	if m.characters > maxCharacters+1000 { // the fallback and the note that it goes on are not counted
		m.say("the message has %d characters", m.characters)
	}
	return m.problems
}

// A slackMessage is one that is looked through.
type slackMessage struct {
	problems
	links      Addresses
	characters int
}

// textIn looks at a text of a block.
func (m *slackMessage) textIn(block string, text map[string]any) {
	s, _ := text["text"].(string)
	m.characters += length(s)
	limit := 3000
	if block == "header" {
		limit = 150
	}
	if n := length(s); n == 0 || n > limit {
		m.say("a text of a %s has %d characters", block, n)
	}
	switch {
	case text["type"] == "plain_text":
		m.text("a heading", s)
		if text["emoji"] == true && slackEmoji.MatchString(s) {
			m.say("a heading shows emoji: %.60q", s)
		}
	case block == "rich_text" && text["type"] == "text": // Slack shows it as it is
		m.text("a text to copy", s)
	case text["type"] != "mrkdwn" || text["verbatim"] != true:
		m.say("a text is of type %v, verbatim %v", text["type"], text["verbatim"])
	default:
		m.markup(s)
	}
}

// markup looks at a text in which Slack reads mrkdwn.
func (m *slackMessage) markup(s string) {
	rest := slackControl.ReplaceAllStringFunc(s, m.control)
	if i := strings.IndexAny(rest, "<>"); i >= 0 {
		m.say("there is a bracket in %q", around(rest, i))
	}
	if i := strings.IndexByte(slackEntity.ReplaceAllString(rest, ""), '&'); i >= 0 {
		m.say("there is a bare & in %.100q", rest)
	}
	if found := slackEmoji.FindString(noCode(rest)); found != "" {
		m.say("Slack would show %q as an emoji", found)
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if strings.HasPrefix(line, "&gt;") {
			m.say("Slack would show a quotation: %.60q", line)
		}
	}
	m.text("a text", s)
}

// control looks at what stands in brackets, which has to be a link. It leaves nothing
// of it.
func (m *slackMessage) control(s string) string {
	link := slackLink.FindStringSubmatch(strings.ReplaceAll(s, "&amp;", "&"))
	if link == nil || !m.links.Allow(link[1]) {
		m.say("Slack would act on %.100q", s)
	} else if to, ok := strings.CutPrefix(link[1], "mailto:"); ok && !shows(to, link[2]) {
		m.say("a link to %q shows %.100q", to, link[2])
	}
	return ""
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
