package slack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"github.com/openedx/advisory-reminders/internal/config"
	"github.com/openedx/advisory-reminders/internal/notify"
	"github.com/openedx/advisory-reminders/internal/transport"
)

const channelName = string(config.Slack)

// A watch sees whether a request was answered, however often the HTTP client
// tried it.
type watch struct {
	gate       *gate        // of the client; nil for none
	unanswered atomic.Int32 // attempts that were sent and not answered
	answered   atomic.Bool  // the last attempt was
}

// begin waits until the call may be made, and returns the context for it.
func (w *watch) begin(ctx context.Context) (context.Context, *notify.Failure) {
	if f := w.gate.pass(ctx); f != nil {
		return nil, f
	}
	return w.over(transport.OnLimit(ctx, w.gate.shut)), nil
}

func (w *watch) over(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.answered.Store(false) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				w.unanswered.Add(1)
			}
		},
		GotFirstResponseByte: func() {
			w.unanswered.Add(-1)
			w.answered.Store(true)
		},
	})
}

// code is the form of Slack's error codes and scopes. What does not have it is
// not quoted.
var (
	code   = regexp.MustCompile(`^[a-z_]{1,60}$`)
	scopes = regexp.MustCompile(`^[a-z_:.,]{1,120}$`)
)

// outcomes of Slack's error codes. Those that are not here are the channel's
// fault: most are about the token, the others about the message as such.
//
// Source: https://docs.slack.dev/reference/methods/chat.postMessage#errors
var outcomes = map[string]notify.Outcome{
	"channel_not_found":          notify.AddressRefused,
	"user_not_found":             notify.AddressRefused,
	"users_not_found":            notify.AddressRefused,
	"user_not_visible":           notify.AddressRefused,
	"user_disabled":              notify.AddressRefused,
	"is_inactive":                notify.AddressRefused,
	"is_archived":                notify.AddressRefused,
	"channel_is_archived":        notify.AddressRefused,
	"not_in_channel":             notify.AddressRefused,
	"cannot_dm_bot":              notify.AddressRefused,
	"posting_to_channel_denied":  notify.AddressRefused,
	"user_is_bot":                notify.AddressRefused,
	"user_is_deactivated":        notify.AddressRefused,
	"user_is_restricted":         notify.AddressRefused,
	"user_is_ultra_restricted":   notify.AddressRefused,
	"ratelimited":                notify.Temporary,
	"rate_limited":               notify.Temporary,
	"message_limit_exceeded":     notify.Temporary,
	"team_added_to_org":          notify.Temporary, // while the workspace moves into an Enterprise organization
	"request_timeout":            notify.Temporary, // the body did not arrive as a whole
	"internal_error":             notify.Unknown,   // something may have succeeded
	"fatal_error":                notify.Unknown,   // likewise
	"service_unavailable":        notify.Unknown,   // it is what the body of a 503 says
	"channel_type_not_supported": notify.AddressRefused,
}

var advice = map[string]string{
	"channel_not_found":     "check the channel or member id, and invite the app to a private channel",
	"not_in_channel":        "invite the app to the channel",
	"no_permission":         "invite the app to the channel, and look at its scopes",
	"messages_tab_disabled": "switch on the Messages tab of the app",
	"invalid_auth":          "check slack-token",
	"not_authed":            "check slack-token",
	"token_revoked":         "make a new slack-token",
	"token_expired":         "make a new slack-token",
	"account_inactive":      "make a new slack-token",
	"no_service":            "make a new slack-webhook-url",
	"invalid_token":         "make a new slack-webhook-url",
}

func failure(o notify.Outcome, detail string) *notify.Failure {
	return &notify.Failure{Channel: channelName, Outcome: o, Detail: detail}
}

// failure tells what an error of the Slack client means. It quotes nothing but
// Slack's error codes.
func (w *watch) failure(err error) *notify.Failure {
	var f *notify.Failure
	var (
		refused   slack.SlackErrorResponse
		limited   *slack.RateLimitedError
		status    slack.StatusCodeError
		untrusted *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &refused):
		return refusal(refused.Err, refused.Needed)
	case errors.As(err, &limited):
		f = failure(notify.Temporary, "Slack asks to wait")
		if w.gate != nil {
			w.gate.shut(limited.RetryAfter)
		}
	case errors.As(err, &status):
		f = byStatus(status.Code)
	case errors.As(err, &untrusted):
		f = failure(notify.ChannelRefused, "Slack's certificate is not trusted")
	case w.answered.Load():
		f = failure(notify.Unknown, "Slack's answer could not be read")
	default:
		f = failure(notify.Temporary, "no connection to Slack")
	}
	return w.unlessLost(f)
}

// unlessLost is a failure of a request that was answered each time that it was sent:
// else the answer that was lost may have been another.
func (w *watch) unlessLost(f *notify.Failure) *notify.Failure {
	if w.unanswered.Load() > 0 && f.Outcome == notify.Temporary {
		f.Outcome, f.Detail = notify.Unknown, "Slack's answer was lost"
	}
	return f
}

// refusal is the failure of an error code.
func refusal(err, needed string) *notify.Failure {
	f := &notify.Failure{Channel: channelName, Outcome: notify.ChannelRefused, Advice: advice[err]}
	if o, ok := outcomes[err]; ok {
		f.Outcome = o
	}
	if strings.HasPrefix(err, "restricted_action") { // a rule of the workspace for this channel; Slack has several
		f.Outcome, f.Advice = notify.AddressRefused, "the workspace's rules keep the app from posting there"
	}
	if !code.MatchString(err) {
		f.Detail = "Slack refused with an unknown error"
		return f
	}
	f.Detail = "Slack answered " + err
	if err == "missing_scope" {
		f.Detail = "the token lacks a scope (Slack answered missing_scope)"
		f.Advice = "give the app the scope that it lacks, and install it again"
		if scopes.MatchString(needed) {
			f.Advice = "give the app the scope " + needed + ", and install it again"
		}
	}
	return f
}

// byStatus is the failure of an HTTP status. Slack is known to answer 500 to 504
// to messages that it has taken.
func byStatus(status int) *notify.Failure {
	f := failure(notify.ChannelRefused, fmt.Sprintf("Slack answered with HTTP status %d", status))
	switch {
	case status == http.StatusTooManyRequests:
		f.Outcome = notify.Temporary
	case status >= 500:
		f.Outcome = notify.Unknown
	}
	return f
}
