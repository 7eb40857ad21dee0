package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// opener returns the command that opens an address in the user's browser.
func opener(getenv func(string) string, address string) []string {
	if browser := strings.Fields(getenv("BROWSER")); len(browser) > 0 {
		return append(browser, address)
	}
	switch runtime.GOOS {
	case "darwin":
		return []string{"open", address}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	return []string{"xdg-open", address}
}

// show opens the page, whose address is always printed too.
func show(getenv func(string) string, address string) error {
	command := opener(getenv, address)
	browser := exec.Command(command[0], command[1:]...)
	if err := browser.Start(); err != nil {
		return fmt.Errorf("open the page in a browser: %w: open its address yourself", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- browser.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("open the page in a browser: %s: %w: open its address yourself", command[0], err)
		}
	case <-time.After(5 * time.Second): // it is the browser itself, and goes on
	}
	return nil
}

// listen takes the address at which the page is to be served, before anything
// else is done.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve the page: %w (an address is such as localhost:8080)", err)
	}
	return l, nil
}

// served is the address under which a browser on this machine gets the page.
func served(l net.Listener) string {
	at := l.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() || at.IP.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(at.Port)) + "/"
}

// serve serves the page of a folder, and nothing else of it, until the context ends.
func serve(ctx context.Context, l net.Listener, dir string, out io.Writer) error {
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, "index.html"))
	})}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	fmt.Fprintf(out, "%-10s  %s until Ctrl-C\n", "served at", served(l))
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the page: %w", err)
	}
	return nil
}
