package transport

import "net/http"

// Observe returns a client of which every answer is shown to see, before anybody
// else has it. See may be called by several goroutines, and must leave the body
// alone.
func Observe(client *http.Client, see func(*http.Response)) *http.Client {
	observed := *client
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	observed.Transport = observing{next, see}
	return &observed
}

type observing struct {
	next http.RoundTripper
	see  func(*http.Response)
}

// RoundTrip sends a request on.
func (o observing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(r)
	if err == nil {
		o.see(resp)
	}
	return resp, err
}
