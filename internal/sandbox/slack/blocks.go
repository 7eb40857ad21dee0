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
	slackBlocksLimit     = 50
	slackAllTextsLimit   = 13_200
	slackSectionLimit    = 3_000
	slackFieldsLimit     = 10
	slackFieldLimit      = 2_000
	slackHeaderLimit     = 150
	slackContextLimit    = 10
	slackActionsLimit    = 25
	slackButtonLimit     = 75
	slackAddressLimit    = 3_000
	slackValueLimit      = 2_000
	slackIdentifierLimit = 255
	slackMarkdownLimit   = 12_000
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
	c := slackBlockCheck{seen: map[string]bool{}}
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
	seen     map[string]bool // ids of blocks
}

func (c *slackBlockCheck) say(where, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+where+"]")
}

// slackProperties are the properties that a block of a type may have beside
// type and block_id.
var slackProperties = map[string][]string{
	"header":    {"text", "level"},
	"section":   {"text", "fields", "accessory", "expand"},
	"divider":   {},
	"context":   {"elements"},
	"actions":   {"elements"},
	"image":     {"image_url", "alt_text", "title", "slack_file"},
	"markdown":  {"text"},
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
		if key != "type" && key != "block_id" && !slices.Contains(allowed, key) {
			c.say(where, "invalid additional property: %s", key)
		}
	}
	if id, ok := b["block_id"].(string); ok && id != "" {
		c.length(where+"/block_id", id, slackIdentifierLimit)
		if c.seen[id] {
			c.say(where+"/block_id", "`block_id` %q already exists", id)
		}
		c.seen[id] = true
	}
	switch kind {
	case "header":
		c.text(where+"/text", b["text"], slackHeaderLimit, "plain_text")
	case "section":
		c.section(where, b)
	case "context":
		c.elements(where, b, slackContextLimit, c.contextElement)
	case "actions":
		c.elements(where, b, slackActionsLimit, c.button)
	case "image":
		c.image(where, b)
	case "markdown":
		c.string(where+"/text", b["text"], slackMarkdownLimit)
	case "rich_text":
		c.texts += slackRichTextLength(b["elements"])
	}
}

func (c *slackBlockCheck) section(where string, b slackObject) {
	fields, hasFields := b["fields"].([]any)
	if b["text"] == nil && !hasFields {
		c.say(where, "missing required field: text or fields")
		return
	}
	if b["text"] != nil {
		c.text(where+"/text", b["text"], slackSectionLimit, "plain_text", "mrkdwn")
	}
	if len(fields) > slackFieldsLimit {
		c.say(where+"/fields", "no more than %d items allowed", slackFieldsLimit)
	}
	if hasFields && len(fields) == 0 {
		c.say(where+"/fields", "no fewer than 1 items required")
	}
	for i, f := range fields {
		c.text(fmt.Sprintf("%s/fields/%d", where, i), f, slackFieldLimit, "plain_text", "mrkdwn")
	}
	if accessory, ok := b["accessory"].(map[string]any); ok {
		if accessory["type"] == "image" {
			c.image(where+"/accessory", accessory)
		} else {
			c.button(where+"/accessory", accessory)
		}
	}
}

// elements checks each element of a block, of which there must be one at least.
func (c *slackBlockCheck) elements(where string, b slackObject, limit int, check func(string, slackObject)) {
	list, _ := b["elements"].([]any)
	if len(list) == 0 {
		c.say(where+"/elements", "no fewer than 1 items required")
	}
	if len(list) > limit {
		c.say(where+"/elements", "no more than %d items allowed", limit)
	}
	for i, e := range list {
		object, _ := e.(map[string]any)
		check(fmt.Sprintf("%s/elements/%d", where, i), object)
	}
}

func (c *slackBlockCheck) contextElement(where string, e slackObject) {
	if e["type"] == "image" {
		c.image(where, e)
		return
	}
	c.text(where, map[string]any(e), slackSectionLimit, "plain_text", "mrkdwn")
}

func (c *slackBlockCheck) image(where string, e slackObject) {
	c.address(where+"/image_url", e["image_url"])
	c.string(where+"/alt_text", e["alt_text"], slackValueLimit)
}

func (c *slackBlockCheck) button(where string, e slackObject) {
	if e["type"] != "button" {
		c.say(where+"/type", "unsupported type: %v", e["type"])
		return
	}
	c.text(where+"/text", e["text"], slackButtonLimit, "plain_text")
	if e["url"] != nil {
		c.address(where+"/url", e["url"])
	}
	for key, limit := range map[string]int{"action_id": slackIdentifierLimit, "value": slackValueLimit} {
		if s, ok := e[key].(string); ok {
			c.length(where+"/"+key, s, limit)
		}
	}
}

// text checks a text object of one of the given types.
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
	c.string(where+"/text", object["text"], limit)
}

// string checks a text that must be there, and counts it.
func (c *slackBlockCheck) string(where string, v any, limit int) {
	s, ok := v.(string)
	switch {
	case !ok:
		c.say(where, "must be a string")
	case s == "":
		c.say(where, "must be more than 0 characters")
	}
	c.texts += utf8.RuneCountInString(s)
	c.length(where, s, limit)
}

func (c *slackBlockCheck) length(where, s string, limit int) {
	if utf8.RuneCountInString(s) > limit {
		c.say(where, "must be less than %d characters", limit+1)
	}
}

func (c *slackBlockCheck) address(where string, v any) {
	s, _ := v.(string)
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		c.say(where, "invalid url")
	}
	c.length(where, s, slackAddressLimit)
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
