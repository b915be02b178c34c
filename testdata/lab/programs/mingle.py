#!/usr/bin/python3
"""mingle.py SEED SCALE: many kinds of clients at once, none of which fails.

Sockets of Python for whatever needs a hand on the socket (MODES), programs for the rest (PROGRAMS), each kind so-many times SCALE, in random order,
from all client addresses but the first: that belongs to those who leave early, Chromium and a curl, for which the path loses no SYN. Every program
must print what its line says, every mode must end without an error: else the exit status is 1. Prints how often which kind went well.
"""

import os
import random
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVERS = ["198.51.100.%d" % last for last in range(10, 19)]  # nginx, HAProxy, Apache, Go, rustls, Java, Node 24, slow.py, nginx with TLS 1.2 only
BY_NAME = dict(zip("nhwgrkvst", SERVERS))
GET = b"GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"
STAY = GET.replace(b"close", b"keep-alive")
OPENSSL = "openssl s_client -CAfile ca.pem -connect {ip}:443 -servername {name}"
REQUEST = "(printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 2.5)"  # time enough for a lost SYN and a lost ticket
CURL = "curl -sS --cacert ca.pem --resolve {name}:443:{ip} --interface {own} -o /dev/null -w '%{{http_code}} ' "
PEER = " client {name} 443 --connect {ip} --ca ca.pem"
GO, RUSTLS, JAVA = "@BUILT@/go-peer" + PEER, "@BUILT@/rustls-peer" + PEER, "java -cp @BUILT@/java Peer" + PEER
NODE = "@BUILT@/node24/bin/node @LAB@/programs/node/peer.js" + PEER
GNUTLS = "sleep 0.3 | gnutls-cli --x509cafile ca.pem --resume --sni-hostname {name} --verify-hostname {name} {ip}"

# kind: (how often, servers, command, what it must print)
PROGRAMS = {
    "curl": (90, "nhwgrkvt", CURL + "https://{name}/", "200"),
    "curl TLS 1.2": (50, "nhwgrkvt", CURL + "--tls-max 1.2 https://{name}/", "200"),
    "curl HTTP/1.1, three requests": (20, "nhwt", CURL + "--http1.1 https://{name}/ -o /dev/null https://{name}/ -o /dev/null https://{name}/", "200 200 200"),
    "curl, kept alive by probes": (12, "n", CURL + "--keepalive-time 1 --http1.1 https://{name}/slow", "200"),
    "curl gives up in mid-load": (25, "nst", CURL + "--interface 192.0.2.10 --max-time 1.3 https://{name}/slow || true", "timed out"),
    "curl with a certificate": (15, "m", CURL + "--cert client.pem https://{name}/", "200"),
    "curl with a certificate, TLS 1.2": (15, "m", CURL + "--tls-max 1.2 --cert client.pem https://{name}/", "200"),
    "openssl, resumed, TLS 1.2": (15, "nhwt", "for way in out in; do " + REQUEST + " | " + OPENSSL + " -tls1_2 -sess_$way {file}; done", "^Reused, TLSv1.2"),
    "openssl, resumed, TLS 1.3": (15, "nhw", "for way in out in; do " + REQUEST + " | " + OPENSSL + " -tls1_3 -sess_$way {file}; done", "^Reused, TLSv1.3"),
    "openssl, early data": (12, "n", REQUEST + " | " + OPENSSL + " -tls1_3 -sess_out {file}; sleep 0.5 | " + OPENSSL + " -tls1_3 -sess_in {file} -early_data request",
                            "^Early data was accepted"),
    "openssl, HelloRetryRequest": (14, "n", REQUEST + " | " + OPENSSL + " -groups X448:P-256", "^New, TLSv1.3"),
    "openssl, ChaCha20": (6, "t", REQUEST + " | " + OPENSSL + " -cipher ECDHE-ECDSA-CHACHA20-POLY1305", "^New, TLSv1.2"),
    "gnutls, resumed": (10, "nhwt", GNUTLS, "resumed session|Resume Handshake was completed"),
    "gnutls, resumed, TLS 1.2": (10, "nht", GNUTLS + " --priority NORMAL:-VERS-TLS1.3", "resumed session|Resume Handshake was completed"),
    "Go": (9, "nhwgrkvt", GO + " --times 12 --resume", "^ok TLSv1.*200"),
    "Go, TLS 1.2": (6, "nhwgrkvt", GO + " --times 8 --max 1.2", "^ok TLSv1.2.*200"),
    "Go, no request": (4, "nhwgrkvt", GO + " --times 8 --quiet", "^ok TLSv1.* no request"),
    "rustls": (9, "nhwgrkvt", RUSTLS + " --times 10 --resume", "^ok TLSv1.*200"),
    "rustls, TLS 1.2": (5, "nhwgrkvt", RUSTLS + " --times 8 --max 1.2", "^ok TLSv1.2.*200"),
    "Node": (7, "nhwgrkvt", NODE + " --times 10 --resume", "^ok TLSv1.*200"),
    "Node, TLS 1.2, no request": (3, "nhwgrkvt", NODE + " --times 8 --max 1.2 --quiet",
                                  "^ok TLSv1.2.* no request"),
    "Java": (6, "nhwgrkvt", JAVA + " --times 12 --resume", "^ok TLSv1.*200"),
    "Java, TLS 1.2": (4, "nhwgrkvt", JAVA + " --times 10 --max 1.2", "^ok TLSv1.2.*200"),
}


class Clients:
    """Clients that are a socket of ours."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.contexts = {(version, certificate): self.context(version, certificate)
                         for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3) for certificate in (False, True)}

    @staticmethod
    def context(version, certificate):
        """Of a TLS version, with a certificate of its own or without."""
        made = ssl.create_default_context(cafile="ca.pem")
        made.set_alpn_protocols(["http/1.1"])
        made.maximum_version = version
        if certificate:
            made.load_cert_chain("client.pem")
        return made

    def name(self, letter):
        """A name of that server."""
        return f"{letter}-{self.random.randrange(1000)}.example.com"

    def plain(self, letters, port=443):
        """A TCP connection to one of these servers, from one of our addresses: the letter of the server too."""
        letter = self.random.choice(letters)
        ip = "198.51.100.19" if letter == "m" else BY_NAME[letter]
        return letter, socket.create_connection((ip, port), timeout=20, source_address=(f"192.0.2.{self.random.randrange(11, 18)}", 0))

    def tls(self, letters, certificate=False, version=None, session=None):
        """The same with a whole handshake."""
        letter, connection = self.plain(letters)
        version = version or self.random.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))
        return self.contexts[version, certificate].wrap_socket(connection, server_hostname=self.name(letter), session=session)

    def hello(self):
        """The bytes of a ClientHello to the server that is slow to shake hands, and a connection to it."""
        outgoing = ssl.MemoryBIO()
        try:
            self.contexts[ssl.TLSVersion.TLSv1_3, False].wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=self.name("s")).do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read(), self.plain("s", 8443)[1]

    @staticmethod
    def linger(connection):
        """Makes its end a RST."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @staticmethod
    def read(tls):
        """All of an answer, to its end."""
        text = b""
        try:
            while part := tls.recv(4096):
                text += part
        except (ssl.SSLEOFError, ConnectionResetError):
            pass
        assert text.startswith(b"HTTP/1.1 200"), text

    def check(self):
        """A health check: connects and closes."""
        self.plain("nhwgrkvst")[1].close()

    def check_reset(self):
        """The same, closed by RST."""
        connection = self.plain("nhwgrkvst")[1]
        self.linger(connection)
        connection.close()

    def leave(self):
        """Sends its ClientHello and goes before the server has woken up."""
        hello, connection = self.hello()
        connection.sendall(hello)
        time.sleep(self.random.uniform(0, 0.02))
        connection.close()

    def leave_reset(self):
        """The same, by RST."""
        hello, connection = self.hello()
        connection.sendall(hello)
        time.sleep(self.random.uniform(0, 0.02))
        self.linger(connection)
        connection.close()

    def leave_half(self):
        """Goes with half of its ClientHello sent."""
        hello, connection = self.hello()
        connection.sendall(hello[:len(hello) // 2])
        time.sleep(self.random.uniform(0, 0.02))
        connection.close()

    def pieces(self):
        """A ClientHello in small segments, with pauses between."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        letter, connection = self.plain("nhwgrkvt")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = self.contexts[ssl.TLSVersion.TLSv1_3, False].wrap_bio(incoming, outgoing, server_hostname=self.name(letter))
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                hello = outgoing.read()
                for at in range(0, len(hello), 130):
                    connection.sendall(hello[at:at + 130])
                    time.sleep(0.005)
                incoming.write(connection.recv(4096))
        tls.write(GET)
        connection.sendall(outgoing.read())
        connection.recv(4096)
        connection.close()

    def get(self):
        """One request, read to the end."""
        with self.tls("nhwgrkvst") as tls:
            tls.sendall(GET)
            self.read(tls)

    def late(self):
        """The same with the server that is slow to shake hands."""
        connection = self.plain("s", 8443)[1]
        with self.contexts[ssl.TLSVersion.TLSv1_3, False].wrap_socket(connection, server_hostname=self.name("s")) as tls:
            tls.sendall(GET)
            self.read(tls)

    def certificate(self):
        """A client certificate, accepted."""
        with self.tls("m", certificate=True) as tls:
            tls.sendall(GET)
            self.read(tls)

    def resumed(self):
        """The same session twice."""
        version = self.random.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
        with self.tls("n", version=version) as tls:
            tls.sendall(GET)
            self.read(tls)
            session = tls.session
        with self.tls("n", version=version, session=session) as tls:
            tls.sendall(GET)
            self.read(tls)
            assert tls.session_reused

    def reset(self):
        """A request, its answer, and then RST."""
        with self.tls("nhwgrkvst") as tls:
            tls.sendall(GET)
            assert tls.recv(4096)
            self.linger(tls)

    def served_reset(self):
        """The server does that."""
        with self.tls("s") as tls:
            tls.sendall(GET.replace(b"/ ", b"/reset ", 1))
            self.read(tls)

    def quiet(self):
        """No request: closes at once."""
        self.tls("nhwgrkvt").close()

    def quiet_reset(self):
        """The same by RST, a while later."""
        tls = self.tls("nhwgrkvt")
        time.sleep(self.random.uniform(0, 0.5))
        self.linger(tls)
        tls.close()

    def unused(self):
        """A preconnect that the server gives up after its time-out."""
        with self.tls("nhwst") as tls:
            tls.settimeout(20)
            try:
                while tls.recv(4096):
                    pass
            except (ssl.SSLEOFError, ConnectionResetError):
                pass

    def kept(self):
        """A connection kept alive with probes until the server has enough of it."""
        with self.tls("nhwt") as tls:
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
            tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
            tls.sendall(STAY)
            self.read(tls)

    def away(self):
        """Leaves in the middle of a slow answer."""
        with self.tls("nst") as tls:
            tls.sendall(GET.replace(b"/ ", b"/slow ", 1))
            time.sleep(self.random.uniform(0.7, 1.5))


MODES = {"check": 40, "check_reset": 20, "leave": 40, "leave_reset": 25, "leave_half": 15, "pieces": 20, "get": 620, "late": 12, "certificate": 60, "resumed": 90,
         "reset": 100, "served_reset": 40, "quiet": 80, "quiet_reset": 40, "unused": 60, "kept": 60, "away": 60}


class Crowd:
    """All of them, and what became of each."""

    def __init__(self, seed, scale):
        self.clients, self.scale, self.lock = Clients(seed), scale, threading.Lock()
        self.good, self.bad, self.number = {}, [], 0

    def done(self, kind, problem=None):
        """Keeps the books."""
        with self.lock:
            self.good[kind] = self.good.get(kind, 0) + (problem is None)
            if problem is not None:
                self.bad.append(f"{kind}: {problem}")

    def socket_client(self, mode):
        """One of MODES."""
        try:
            getattr(self.clients, mode)()
            self.done(mode)
        except (OSError, AssertionError) as problem:
            self.done(mode, repr(problem))

    def program(self, kind):
        """One of PROGRAMS."""
        _, letters, command, says = PROGRAMS[kind]
        with self.lock:
            self.number += 1
            number, letter = self.number, self.clients.random.choice(letters)
        ip = "198.51.100.19" if letter == "m" else BY_NAME[letter]
        command = command.replace("@BUILT@", LAB + "/built").replace("@LAB@", LAB).format(ip=ip, name=self.clients.name(letter), own=f"192.0.2.{11 + number % 7}", file=f"session-{number}")
        ran = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="backslashreplace", timeout=120, check=False)
        self.done(kind, None if re.search(says, ran.stdout, re.MULTILINE) else f"{command}: {ran.stdout[-600:]}")

    def run(self):
        """Sixteen at a time."""
        plan = [(self.socket_client, mode) for mode, count in MODES.items() for _ in range(round(count * self.scale))]
        plan += [(self.program, kind) for kind, (count, *_) in PROGRAMS.items() for _ in range(max(1, round(count * self.scale)))]
        self.clients.random.shuffle(plan)
        with ThreadPoolExecutor(16) as pool:
            for future in [pool.submit(action, kind) for action, kind in plan]:
                future.result()


def main(seed, scale):
    """Exit status 1 if one of them failed."""
    crowd = Crowd(seed, float(scale))
    crowd.run()
    for kind, count in sorted(crowd.good.items()):
        print(f"{kind}: {count}")
    for problem in crowd.bad:
        print("FAILED", problem)
    print(f"{sum(crowd.good.values())} went well, {len(crowd.bad)} failed")
    return 1 if crowd.bad else 0


sys.exit(main(*sys.argv[1:]))
