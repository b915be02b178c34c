// A small TLS client and server on Go's crypto/tls, for the lab. It prints what crypto/tls says, word for word.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

const usage = `go-peer client HOST PORT [--connect ADDRESS] [--sni NAME|none] [--ca FILE] [--insecure] [--cert FILE]
        [--min 1.0|1.1|1.2|1.3] [--max V] [--suites A,B] [--groups A,B] [--alpn a,b] [--get] [--quiet] [--times N] [--resume]
go-peer server ADDRESS PORT --cert FILE [--client-ca FILE] [--min V] [--max V] [--suites A,B] [--groups A,B] [--alpn a,b] [--names a,b]
Suites have their IANA names. Groups: x25519, secp256r1, secp384r1, secp521r1.`

// Longer than the 10 s after which a silent peer counts as silent.
const patience = 20 * time.Second

var contentLength = regexp.MustCompile(`(?i)\r\ncontent-length: *(\d+)`)

var groups = map[string]tls.CurveID{
	"x25519": tls.X25519, "secp256r1": tls.CurveP256, "secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521,
}

var versions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

var versionNames = map[uint16]string{
	tls.VersionTLS10: "TLSv1", tls.VersionTLS11: "TLSv1.1", tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3",
}

type options struct {
	connect, sni, ca, cert, clientCA string
	lowest, highest, suites, groups  string
	alpn, names                      string
	insecure, get, quiet, resume     bool
	times                            int
}

func main() {
	if len(os.Args) < 4 {
		refuse(usage)
	}
	mode, host, port := os.Args[1], os.Args[2], os.Args[3]
	chosen := parse(mode, os.Args[4:])
	switch mode {
	case "client":
		if !client(host, port, chosen) {
			os.Exit(1)
		}
	case "server":
		server(host, port, chosen)
	default:
		refuse(usage)
	}
}

func parse(mode string, arguments []string) options {
	var o options
	set := flag.NewFlagSet(mode, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&o.cert, "cert", "", "")
	set.StringVar(&o.lowest, "min", "", "")
	set.StringVar(&o.highest, "max", "", "")
	set.StringVar(&o.suites, "suites", "", "")
	set.StringVar(&o.groups, "groups", "", "")
	set.StringVar(&o.alpn, "alpn", "", "")
	if mode == "server" {
		set.StringVar(&o.clientCA, "client-ca", "", "")
		set.StringVar(&o.names, "names", "", "")
	} else {
		set.StringVar(&o.connect, "connect", "", "")
		set.StringVar(&o.sni, "sni", "", "")
		set.StringVar(&o.ca, "ca", "", "")
		set.BoolVar(&o.insecure, "insecure", false, "")
		set.BoolVar(&o.get, "get", false, "")
		set.BoolVar(&o.quiet, "quiet", false, "")
		set.BoolVar(&o.resume, "resume", false, "")
		set.IntVar(&o.times, "times", 1, "")
	}
	if err := set.Parse(arguments); err != nil || set.NArg() > 0 {
		refuse(fmt.Sprint(err, " ", set.Args(), "\n", usage))
	}
	return o
}

func client(host, port string, o options) bool {
	config := configuration(o)
	name := host
	if o.sni != "" {
		name = strings.TrimSuffix(o.sni, "none")
	}
	config.ServerName = name
	config.InsecureSkipVerify = o.insecure || name != host
	roots := roots(o.ca)
	config.RootCAs = roots
	if name != host && !o.insecure {
		// crypto/tls verifies the name that it sends; here HOST is the one to verify.
		config.VerifyConnection = func(state tls.ConnectionState) error { return verify(state, host, roots) }
	}
	if o.resume {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	address := host
	if o.connect != "" {
		address = o.connect
	}
	good := true
	for i := 0; i < o.times; i++ {
		text, err := connection(net.JoinHostPort(address, port), host, config, !o.quiet)
		good = err == nil
		report(text, err)
	}
	return good
}

func connection(address, host string, config *tls.Config, get bool) (string, error) {
	plain, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return "", err
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(patience))
	peer := tls.Client(plain, config)
	if err := peer.Handshake(); err != nil {
		return "", err
	}
	defer peer.Close()
	if !get {
		return describe(peer) + " no request", nil
	}
	if _, err := fmt.Fprintf(peer, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(peer)
	if err != nil && !whole(answer) {
		return "", err
	}
	if len(answer) == 0 {
		return "", errors.New("closed without an answer")
	}
	status, _, _ := bytes.Cut(answer, []byte("\r\n"))
	text := fmt.Sprintf("%s %q", describe(peer), status)
	if err != nil {
		text += " then " + err.Error()
	}
	return text, nil
}

// What goes wrong behind a whole answer is no failure: an HTTP client has stopped reading there.
func whole(answer []byte) bool {
	head, body, found := bytes.Cut(answer, []byte("\r\n\r\n"))
	length := contentLength.FindSubmatch(head)
	return found && length != nil && fmt.Sprint(len(body)) == string(length[1])
}

func server(address, port string, o options) {
	config := configuration(o)
	if len(config.Certificates) == 0 {
		refuse("a server needs --cert FILE")
	}
	if o.clientCA != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = roots(o.clientCA)
	}
	if o.names != "" {
		config.GetCertificate = byName(strings.Split(o.names, ","), config.Certificates[0])
		config.Certificates = nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(address, port))
	if err != nil {
		report("", err)
		os.Exit(1)
	}
	fmt.Println("listening")
	for {
		plain, err := listener.Accept()
		if err != nil {
			report("", err)
			continue
		}
		go func() { report(answer(plain, config)) }()
	}
}

func answer(plain net.Conn, config *tls.Config) (string, error) {
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(patience))
	peer := tls.Server(plain, config)
	if err := peer.Handshake(); err != nil {
		return "", err
	}
	defer peer.Close()
	request, part := []byte{}, make([]byte, 4096)
	for !bytes.Contains(request, []byte("\r\n\r\n")) {
		count, err := peer.Read(part)
		request = append(request, part[:count]...)
		if err == io.EOF {
			return describe(peer) + " no request", nil
		}
		if err != nil {
			return "", err
		}
	}
	_, err := io.WriteString(peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
	return describe(peer), err
}

func byName(names []string, certificate tls.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		for _, name := range names {
			if strings.EqualFold(name, hello.ServerName) {
				return &certificate, nil
			}
		}
		return nil, fmt.Errorf("no certificate available for %q", hello.ServerName)
	}
}

func configuration(o options) *tls.Config {
	config := &tls.Config{MinVersion: version(o.lowest), MaxVersion: version(o.highest), NextProtos: list(o.alpn)}
	if config.MinVersion == 0 && config.MaxVersion != 0 && config.MaxVersion < tls.VersionTLS12 {
		// A client's default minimum is 1.2: --max 1.1 alone would leave no version.
		config.MinVersion = config.MaxVersion
	}
	for _, name := range list(o.suites) {
		config.CipherSuites = append(config.CipherSuites, suite(name))
	}
	for _, name := range list(o.groups) {
		group, known := groups[strings.ToLower(name)]
		if !known {
			refuse("Go 1.19 has no group " + name + "; it has x25519, secp256r1, secp384r1, secp521r1")
		}
		config.CurvePreferences = append(config.CurvePreferences, group)
	}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.cert)
		if err != nil {
			refuse(err.Error())
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func version(text string) uint16 {
	number, known := versions[text]
	if text != "" && !known {
		refuse("no TLS version " + text)
	}
	return number
}

func suite(name string) uint16 {
	for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if known.Name != name {
			continue
		}
		if known.SupportedVersions[0] == tls.VersionTLS13 {
			refuse("Go cannot set TLS 1.3 suites: " + name)
		}
		return known.ID
	}
	refuse("Go has no suite " + name)
	return 0
}

func roots(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		refuse(err.Error())
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		refuse("no certificate in " + file)
	}
	return pool
}

func verify(state tls.ConnectionState, host string, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("no certificate to verify")
	}
	chain := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		chain.AddCert(certificate)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: chain})
	return err
}

func describe(peer *tls.Conn) string {
	state := peer.ConnectionState()
	text := versionNames[state.Version] + " " + tls.CipherSuiteName(state.CipherSuite)
	if state.NegotiatedProtocol != "" {
		text += " alpn=" + state.NegotiatedProtocol
	}
	if state.DidResume {
		text += " resumed"
	}
	return text
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func report(text string, err error) {
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ok", text)
}

func refuse(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(2)
}
