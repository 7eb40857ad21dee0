package real

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The login at the Postfix. What of it is special to a shell, to SASL or to XML
// is special on purpose.
const (
	mailUser     = "reminders@example.org"
	mailPassword = `pa ss"w\ö$r<d&`
)

// A postfix is a Postfix of our own below a temporary directory, with Cyrus
// SASL's logins and a mailbox that takes the mail of every address. Nothing
// leaves it, and nothing of the machine's own Postfix is touched.
type postfix struct {
	dir       string
	ports     map[string]int // of the services, by name
	authority *authority
}

// services are the ways into the Postfix: each has a port, and what differs
// from submission over STARTTLS. So no test has to change a running server.
var services = map[string][]string{
	"submission": nil,
	"tls":        {"smtpd_tls_wrappermode=yes"},
	"expired":    {"smtpd_tls_cert_file=DIR/expired.pem", "smtpd_tls_key_file=DIR/expired.key"},
	"other name": {"smtpd_tls_cert_file=DIR/other.pem", "smtpd_tls_key_file=DIR/other.key"},
	"LOGIN":      {"smtpd_sasl_path=login"},
	"CRAM-MD5":   {"smtpd_sasl_path=cram"},
	"SCRAM":      {"smtpd_sasl_path=scram"},
	"small":      {"message_size_limit=2000"},

	// By default Postfix refuses at RCPT TO, whatever it is that it dislikes.
	"sender":  {"smtpd_sender_restrictions=check_sender_access inline:{{security-reminders@example.org=553 5.7.1 not yours}}"},
	"login":   {"smtpd_sender_restrictions=reject_sender_login_mismatch", "smtpd_sender_login_maps=inline:{security-reminders@example.org=somebody.else}"},
	"relay":   {"smtpd_relay_restrictions=reject_unauth_destination", "rewrite_service_name=abroad"},
	"hello":   {"smtpd_helo_restrictions=check_helo_access regexp:DIR/hellos"},
	"unknown": {"smtpd_recipient_restrictions=check_recipient_access inline:{{amara@campus.example.org=550 5.1.1 no such user}}, permit_sasl_authenticated, reject"},
	"nobody":  {"smtpd_recipient_restrictions=check_recipient_access regexp:DIR/nobody, reject"},
	"later":   {"smtpd_recipient_restrictions=check_recipient_access regexp:DIR/later, reject"},
	"policy":  {"smtpd_recipient_restrictions=check_policy_service inet:127.0.0.1:POLICY, permit_sasl_authenticated, reject"},
}

// startPostfix starts a Postfix that ends with the test. It asks the policy
// server at a port, and is smtp.example.org at further addresses.
func startPostfix(t *testing.T, policy int, addresses ...string) *postfix {
	t.Helper()
	p := &postfix{ports: map[string]int{}}
	for _, name := range []string{"postfix", "postconf", "saslpasswd2"} {
		tool(t, name)
	}
	account, err := user.Lookup("postfix")
	if err != nil {
		lacking(t, "there is no user postfix")
	}
	if os.Getuid() != 0 {
		lacking(t, "Postfix starts as root alone")
	}
	if p.dir, err = os.MkdirTemp("", "postfix-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(p.dir) })
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	const nobody = 65534
	for _, d := range []struct {
		name     string
		uid, gid int
	}{{".", 0, 0}, {"queue", 0, 0}, {"data", uid, gid}, {"mail", nobody, nobody}, {"etc/sasl", 0, 0}} {
		path := filepath.Join(p.dir, d.name)
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, 0o755), os.Chown(path, d.uid, d.gid)); err != nil {
			t.Fatal(err)
		}
	}
	p.certificates(t)
	p.logins(t, gid)
	p.write(t, "hellos", "/./ 504 5.5.2 need fully-qualified hostname\n", 0o644)
	p.write(t, "nobody", "/./ 550 5.1.1 no such user\n", 0o644)
	p.write(t, "later", "/./ 451 4.7.1 try again later\n", 0o644)
	p.write(t, "boxes", "/./ all/\n", 0o644)
	p.write(t, "domains", "/./ here\n", 0o644)
	p.configure(t, policy, addresses)
	p.start(t)
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *postfix) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// certificates makes an authority, and of it a certificate for this machine, one
// that has expired, and one for smtp.example.org.
func (p *postfix) certificates(t *testing.T) {
	t.Helper()
	p.authority = newAuthority(t)
	p.write(t, "ca.pem", p.authority.certificate, 0o644)
	year := 365 * 24 * time.Hour
	for _, c := range []struct {
		file, host string
		ends       time.Duration
	}{{"good", "localhost", year}, {"expired", "localhost", -24 * time.Hour}, {"other", "smtp.example.org", year}} {
		certificate, key := p.authority.issue(t, c.host, time.Now().Add(c.ends))
		p.write(t, c.file+".pem", certificate, 0o644)
		p.write(t, c.file+".key", key, 0o600)
	}
}

// logins makes the one login, and a file for each set of mechanisms.
func (p *postfix) logins(t *testing.T, gid int) {
	t.Helper()
	db := filepath.Join(p.dir, "etc", "sasl", "sasldb2")
	name, realm, _ := strings.Cut(mailUser, "@")
	output(t, mailPassword, tool(t, "saslpasswd2"), "-p", "-c", "-f", db, "-u", realm, name)
	if err := errors.Join(os.Chown(db, 0, gid), os.Chmod(db, 0o640)); err != nil {
		t.Fatal(err)
	}
	for file, mechanisms := range map[string]string{
		"plain": "PLAIN LOGIN", "login": "LOGIN", "cram": "CRAM-MD5", "scram": "SCRAM-SHA-256",
	} {
		p.write(t, "etc/sasl/"+file+".conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: "+db+"\nmech_list: "+mechanisms+"\n", 0o644)
	}
}

func (p *postfix) configure(t *testing.T, policy int, addresses []string) {
	t.Helper()
	fill := strings.NewReplacer("DIR", p.dir, "POLICY", strconv.Itoa(policy)).Replace
	p.write(t, "etc/main.cf", fill(`compatibility_level = 3.6
myhostname = mx.example.test
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file = DIR/log
maillog_file_prefixes = DIR
virtual_mailbox_domains = regexp:DIR/domains
virtual_mailbox_maps = regexp:DIR/boxes
virtual_mailbox_base = DIR/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
default_transport = error:no mail leaves this machine
smtputf8_enable = yes
strict_rfc821_envelopes = yes
smtpd_helo_required = yes
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = DIR/good.pem
smtpd_tls_key_file = DIR/good.key
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = plain
cyrus_sasl_config_path = DIR/etc/sasl
smtpd_recipient_restrictions = reject_non_fqdn_sender, reject_non_fqdn_recipient, permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
`), 0o644)

	var master strings.Builder
	service := func(address string, settings []string) {
		fmt.Fprintf(&master, "%s inet n - n - - smtpd", address)
		for _, setting := range settings {
			fmt.Fprintf(&master, " -o { %s }", fill(setting))
		}
		master.WriteString("\n")
	}
	ports := freePorts(t, len(services))
	for i, name := range slices.Sorted(maps.Keys(services)) {
		p.ports[name] = ports[i]
		service(p.address(name), services[name])
	}
	for _, address := range addresses {
		service(address, services["other name"])
	}
	master.WriteString(`cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
abroad unix - - n - - trivial-rewrite -o virtual_mailbox_domains=
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`)
	p.write(t, "etc/master.cf", master.String(), 0o644)
}

// start starts the server, and returns when it listens.
func (p *postfix) start(t *testing.T) {
	t.Helper()
	if text, err := exec.Command(tool(t, "postfix"), "-c", filepath.Join(p.dir, "etc"), "start").CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
		t.Fatalf("start Postfix: %v\n%s%s", err, text, log)
	}
	until(t, "Postfix listens", func() bool {
		conn, err := net.Dial("tcp", p.address("submission"))
		if err != nil {
			return false
		}
		defer conn.Close()
		greeting, _ := bufio.NewReader(conn).ReadString('\n')
		return strings.HasPrefix(greeting, "220 ")
	})
}

// stop ends the server and all its processes at once, as a crash would.
func (p *postfix) stop(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "queue", "pid", "master.pid"))
	if err != nil {
		t.Fatal(err)
	}
	master, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	output(t, "", tool(t, "postfix"), "-c", filepath.Join(p.dir, "etc"), "abort")
	// They are one process group.
	until(t, "Postfix has ended", func() bool { return syscall.Kill(-master, 0) == syscall.ESRCH })
}

func (p *postfix) address(service string) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.ports[service]))
}

// inputs are those of a run that delivers by a service.
func (p *postfix) inputs(service string) map[string]string {
	return map[string]string{
		"INPUT_SMTP-SERVER": "localhost", "INPUT_SMTP-PORT": strconv.Itoa(p.ports[service]), "INPUT_SMTP-SECURITY": "starttls",
		"INPUT_SMTP-USERNAME": mailUser, "INPUT_SMTP-PASSWORD": mailPassword,
		"SSL_CERT_FILE": filepath.Join(p.dir, "ca.pem"),
	}
}

// mails returns the files of the mails that were delivered so far, when the
// queue is empty.
func (p *postfix) mails(t *testing.T) []string {
	t.Helper()
	until(t, "the queue is empty", func() bool {
		for _, queue := range []string{"maildrop", "incoming", "active", "deferred"} {
			if files, _ := filepath.Glob(filepath.Join(p.dir, "queue", queue, "*")); len(files) > 0 && anyFile(files) {
				return false
			}
		}
		return true
	})
	files, err := filepath.Glob(filepath.Join(p.dir, "mail", "all", "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// anyFile reports whether there is a file among or below these.
func anyFile(paths []string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		entries, err := os.ReadDir(path)
		if err != nil {
			return true
		}
		var below []string
		for _, e := range entries {
			below = append(below, filepath.Join(path, e.Name()))
		}
		return anyFile(below)
	})
}

// empty throws the mailbox away.
func (p *postfix) empty(t *testing.T) {
	t.Helper()
	p.mails(t)
	if err := os.RemoveAll(filepath.Join(p.dir, "mail", "all")); err != nil {
		t.Fatal(err)
	}
}

// A policy is Postfix's delegated policy server: the test answers what Postfix
// asks it at each RCPT TO.
//
// Source: https://www.postfix.org/SMTPD_POLICY_README.html
type policy struct {
	port int

	mu     sync.Mutex
	answer func(attributes map[string]string) string
}

func startPolicy(t *testing.T) *policy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &policy{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *policy) serve(conn net.Conn) {
	defer conn.Close()
	attributes := map[string]string{}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			attributes[key] = value
			continue
		}
		fmt.Fprintf(conn, "action=%s\n\n", p.decide(attributes))
		attributes = map[string]string{}
	}
}

func (p *policy) decide(attributes map[string]string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer(attributes)
}

// answers sets what is answered from now on.
func (p *policy) answers(f func(attributes map[string]string) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}
