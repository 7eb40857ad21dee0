package slack

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) authTest(slackCall) slackAnswer {
	return slackAnswer{
		"ok": true, "url": "https://sandbox.slack.com/", "team": "Sandbox", "user": "reminders",
		"team_id": "T0SANDBOX", "user_id": Bot, "bot_id": "B0BOT0BOT",
	}
}

func (s *Server) userInfo(c slackCall) slackAnswer {
	u, ok := s.userByID(c.args.Get("user"))
	if !ok {
		return slackError("user_not_found")
	}
	return slackAnswer{"ok": true, "user": c.describeUser(u)}
}

func (s *Server) userByEmail(c slackCall) slackAnswer {
	email := c.args.Get("email")
	for _, u := range s.users {
		if u.Email != "" && strings.EqualFold(u.Email, email) && !u.Deleted {
			return slackAnswer{"ok": true, "user": c.describeUser(u)}
		}
	}
	return slackError("users_not_found")
}

// describeUser is a member in an answer. Addresses are for tokens with
// users:read.email only.
func (c slackCall) describeUser(u User) slackAnswer {
	profile := slackAnswer{"real_name": u.RealName, "display_name": u.Name}
	if c.may("users:read.email") {
		profile["email"] = u.Email
	}
	return slackAnswer{
		"id": u.ID, "team_id": "T0SANDBOX", "name": u.Name, "real_name": u.RealName,
		"deleted": u.Deleted, "is_bot": u.Bot, "profile": profile,
	}
}

// conversationInfo describes a channel by its id. A private channel is there
// only for its members.
func (s *Server) conversationInfo(c slackCall) slackAnswer {
	id := c.args.Get("channel")
	channel, ok := s.channel(id)
	if !ok || channel.ID != id {
		return slackError("channel_not_found")
	}
	if scope := slackReadScope(channel); !c.may(scope) {
		return c.missing(scope)
	}
	if channel.Private && !slices.Contains(channel.Members, Bot) {
		return slackError("channel_not_found")
	}
	return slackAnswer{"ok": true, "channel": describeSlackChannel(channel)}
}

// conversationList lists channels of the given types, page by page.
func (s *Server) conversationList(c slackCall) slackAnswer {
	types := strings.Split(c.args.Get("types"), ",")
	if c.args.Get("types") == "" {
		types = []string{"public_channel"}
	}
	for i, t := range types {
		types[i] = strings.TrimSpace(t)
		scope := map[string]string{
			"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read",
		}[types[i]]
		if scope == "" {
			return slackError("invalid_types")
		}
		if !c.may(scope) {
			return c.missing(scope)
		}
	}
	var listed []slackAnswer
	for _, channel := range s.channels {
		switch {
		case channel.Archived && c.args.Get("exclude_archived") == "true":
		case channel.Private && !slices.Contains(types, "private_channel"):
		case !channel.Private && !slices.Contains(types, "public_channel"):
		case channel.Private && !slices.Contains(channel.Members, Bot):
		default:
			listed = append(listed, describeSlackChannel(channel))
		}
	}
	page, next, ok := slackPage(listed, c.args.Get("cursor"), c.args.Get("limit"))
	if !ok {
		return slackError("invalid_cursor")
	}
	return slackAnswer{"ok": true, "channels": page, "response_metadata": slackAnswer{"next_cursor": next}}
}

// slackPage cuts a page of a list: the limit is 100 unless given, and 999 at
// most. It reports whether the cursor is one of ours.
func slackPage(list []slackAnswer, cursor, limit string) (page []slackAnswer, next string, ok bool) {
	size, err := strconv.Atoi(limit)
	if err != nil || size <= 0 {
		size = 100
	}
	size = min(size, 999)
	start := 0
	if cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		if err != nil {
			return nil, "", false
		}
		start, err = strconv.Atoi(strings.TrimPrefix(string(raw), "from:"))
		if err != nil || start < 0 || start > len(list) {
			return nil, "", false
		}
	}
	end := min(start+size, len(list))
	if end < len(list) {
		next = base64.StdEncoding.EncodeToString([]byte("from:" + strconv.Itoa(end)))
	}
	return append([]slackAnswer{}, list[start:end]...), next, true
}

// slackReadScope is the scope that lets a token see a channel.
func slackReadScope(c Channel) string {
	if c.Private {
		return "groups:read"
	}
	return "channels:read"
}

func describeSlackChannel(c Channel) slackAnswer {
	return slackAnswer{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_private": c.Private,
		"is_channel": !c.Private, "is_group": c.Private, "is_archived": c.Archived,
		"is_member": slices.Contains(c.Members, Bot), "num_members": len(c.Members),
		"is_shared": c.Shared == "ext" || c.Shared == "org", "is_ext_shared": c.Shared == "ext",
		"is_pending_ext_shared": c.Shared == "pending_ext", "is_org_shared": c.Shared == "org",
	}
}
