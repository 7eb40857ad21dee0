package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of blocks, in characters and numbers of items.
//
// Source: https://docs.slack.dev/reference/block-kit/blocks and, for the sum of
// all texts, https://github.com/slackapi/bolt-js/issues/2509
const (
	slackBlocksLimit   = 50
	slackAllTextsLimit = 13_200
	slackSectionLimit  = 3_000
	slackHeaderLimit   = 150
	slackContextLimit  = 10
)

// slackObject is a block, an element or a text, before it is known which.
type slackObject map[string]any

// checkSlackBlocks returns Slack's error about blocks, with what is wrong
// where, or nothing.
func checkSlackBlocks(raw json.RawMessage) (problem string, details []string) {
	var blocks []slackObject
	if json.Unmarshal(raw, &blocks) != nil {
		return "invalid_blocks_format", nil
	}
	var c slackBlockCheck
	if len(blocks) > slackBlocksLimit {
		c.say("/blocks", "no more than %d items allowed", slackBlocksLimit)
	}
	for i, b := range blocks {
		c.block(fmt.Sprintf("/blocks/%d", i), b)
	}
	switch {
	case len(c.problems) > 0:
		return "invalid_blocks", c.problems
	case c.texts > slackAllTextsLimit:
		return "msg_blocks_too_long", nil
	}
	return "", nil
}

// slackBlockCheck gathers what is wrong, and how long all texts are together.
type slackBlockCheck struct {
	problems []string
	texts    int
}

func (c *slackBlockCheck) say(where, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+where+"]")
}

// slackProperties are the properties that a block of a type may have beside type.
// The types are those that the program uses.
var slackProperties = map[string][]string{
	"header":    {"text"},
	"section":   {"text"},
	"divider":   {},
	"context":   {"elements"},
	"rich_text": {"elements"},
}

func (c *slackBlockCheck) block(where string, b slackObject) {
	kind, _ := b["type"].(string)
	allowed, ok := slackProperties[kind]
	if !ok {
		c.say(where+"/type", "unsupported type: %s", kind)
		return
	}
	for key := range b {
		if key != "type" && !slices.Contains(allowed, key) {
			c.say(where, "invalid additional property: %s", key)
		}
	}
	switch kind {
	case "header":
		c.text(where+"/text", b["text"], slackHeaderLimit, "plain_text")
	case "section":
		c.text(where+"/text", b["text"], slackSectionLimit, "plain_text", "mrkdwn")
	case "context":
		c.context(where+"/elements", b)
	case "rich_text":
		c.texts += slackRichTextLength(b["elements"])
	}
}

// context checks the texts of a context, of which there must be one at least.
func (c *slackBlockCheck) context(where string, b slackObject) {
	list, _ := b["elements"].([]any)
	if len(list) == 0 {
		c.say(where, "no fewer than 1 items required")
	}
	if len(list) > slackContextLimit {
		c.say(where, "no more than %d items allowed", slackContextLimit)
	}
	for i, e := range list {
		c.text(fmt.Sprintf("%s/%d", where, i), e, slackSectionLimit, "plain_text", "mrkdwn")
	}
}

// text checks a text object of one of the given types, and counts its text.
func (c *slackBlockCheck) text(where string, v any, limit int, types ...string) {
	object, ok := v.(map[string]any)
	if !ok {
		c.say(where, "must be an object")
		return
	}
	kind, _ := object["type"].(string)
	if !slices.Contains(types, kind) {
		c.say(where+"/type", "must be a valid enum value: %s", strings.Join(types, ", "))
	}
	where += "/text"
	s, ok := object["text"].(string)
	n := utf8.RuneCountInString(s)
	switch {
	case !ok:
		c.say(where, "must be a string")
	case n == 0:
		c.say(where, "must be more than 0 characters")
	case n > limit:
		c.say(where, "must be less than %d characters", limit+1)
	}
	c.texts += n
}

// slackRichTextLength is how long the texts in a tree of elements are together.
func slackRichTextLength(v any) int {
	total := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			total += slackRichTextLength(e)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok {
			total += utf8.RuneCountInString(s)
		}
		total += slackRichTextLength(v["elements"])
	}
	return total
}
