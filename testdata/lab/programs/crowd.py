#!/usr/bin/python3
"""crowd.py PLAN.json: clients of many kinds, each at its time, and what became of each.

PLAN.json: {"seconds": 80, "seed": 1, "groups": [GROUP, ...]}. All connections of all groups are spread at random over that time. A group:
    title     for the report
    count     how many connections
    kind      of client, or a list of which each connection takes one at random:
              tls13, tls12       Python, that version at most; ALPN differs from one to the next
              old                Python, TLS 1.0 or TLS 1.1 at most
              large              Python, TLS 1.3, with so many ALPN names that the hello takes two segments
              rustls             rustls-peer with X25519MLKEM768: two segments too. Always from the first address
              http               no TLS at all: a plain HTTP request
    servers   addresses; names: server names (default: the first name that the hosts file has for the address)
    clients   last bytes of the client addresses (default: 10 to 17)
    from, to  the part of the time in which the group comes (default: 0 and 1)
    expect    how many end how: "ok", "reset", "timed out", "HTTP 400", or the words of OpenSSL

Each sends a request and reads the answer to its end; one that hears nothing for five seconds leaves. Prints one line: how many of each group ended how.
Exit status 1 if one group ended otherwise than expected.
"""

import json
import os
import random
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE = 5
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"
ALPN = [[], ["http/1.1"], ["h2", "http/1.1"]]
MANY = ["http/1.1", *(f"x-protocol-{number:03}" for number in range(80))]  # about 1,300 bytes


def context(lowest, highest, alpn):
    """A client that trusts the lab's root and nothing else."""
    made = ssl.create_default_context(cafile="ca.pem")
    if lowest < ssl.TLSVersion.TLSv1_2:
        made.set_ciphers("ALL:@SECLEVEL=0")  # TLS 1.0 and 1.1 sign with SHA-1
    made.minimum_version, made.maximum_version = lowest, highest
    if alpn:
        made.set_alpn_protocols(alpn)
    return made


def contexts():
    """Kind: the clients to choose from."""
    version = ssl.TLSVersion
    return {
        "tls13": [context(version.TLSv1_2, version.TLSv1_3, alpn) for alpn in ALPN],
        "tls12": [context(version.TLSv1_2, version.TLSv1_2, alpn) for alpn in ALPN],
        "old": [context(version.TLSv1, highest, []) for highest in (version.TLSv1, version.TLSv1_1)],
        "large": [context(version.TLSv1_2, version.TLSv1_3, MANY)],
    }


def read(connection):
    """All of an answer; its first line."""
    text = b""
    while part := connection.recv(4096):
        text += part
    return text.split(b"\r\n")[0].decode()


def over_tls(made, connection, name):
    """A request over TLS."""
    with made.wrap_socket(connection, server_hostname=name) as tls:
        tls.sendall(REQUEST)
        return read(tls)


def by_rustls(ip, name):
    """The same by rustls, which is stopped when its time is over."""
    command = [f"{LAB}/built/rustls-peer", "client", name, "443", "--connect", ip, "--ca", "ca.pem"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "timed out"
    return "ok" if done.stdout.startswith("ok") else (done.stdout + done.stderr).strip()


class Crowd:
    """The plan, and how it went."""

    def __init__(self, plan):
        self.groups, self.seconds = plan["groups"], plan["seconds"]
        self.random = random.Random(plan["seed"])
        self.contexts = contexts()
        self.ended = [Counter() for _ in self.groups]

    def drawn(self, number, group):
        """One connection of a group: its time, and all that `one` needs."""
        kinds, ip = group["kind"], self.random.choice(group["servers"])
        kind = kinds if isinstance(kinds, str) else self.random.choice(kinds)
        name = self.random.choice(group["names"]) if "names" in group else socket.gethostbyaddr(ip)[0]
        client = f"192.0.2.{self.random.choice(group.get('clients', range(10, 18)))}"
        made = self.random.choice(self.contexts.get(kind, [None]))
        return self.seconds * self.random.uniform(group.get("from", 0), group.get("to", 1)), number, kind, made, client, ip, name

    def one(self, number, kind, made, client, ip, name):
        """One connection."""
        self.ended[number][self.outcome(kind, made, client, ip, name)] += 1

    @staticmethod
    def outcome(kind, made, client, ip, name):
        """How it ended, in one word or the library's."""
        if kind == "rustls":
            return by_rustls(ip, name)
        try:
            connection = socket.create_connection((ip, 443), timeout=PATIENCE, source_address=(client, 0))
            if made is not None:
                line = over_tls(made, connection, name)
            else:
                with connection:
                    connection.sendall(REQUEST)
                    line = read(connection)
        except ssl.SSLCertVerificationError as problem:
            return problem.verify_message
        except ssl.SSLError as problem:
            return str(problem.reason)
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "timed out"
        except OSError as problem:
            return repr(problem)
        return "ok" if line == "HTTP/1.1 200 OK" else "HTTP " + line.split(" ")[1]

    def run(self):
        """All of them."""
        plan = sorted((self.drawn(number, group) for number, group in enumerate(self.groups) for _ in range(group["count"])), key=lambda one: one[:2])
        begun = time.monotonic()
        with ThreadPoolExecutor(64) as pool:
            waiting = []
            for at, *rest in plan:
                time.sleep(max(0, begun + at - time.monotonic()))
                waiting.append(pool.submit(self.one, *rest))
        for future in waiting:
            future.result()

    def report(self):
        """What it came to, on one line, and whether all ended as expected."""
        good = all(dict(ended) == group["expect"] for group, ended in zip(self.groups, self.ended, strict=True))
        words = [f"{group['title']}: " + ", ".join(f"{count} {how}" for how, count in sorted(ended.items()))
                 for group, ended in zip(self.groups, self.ended, strict=True)]
        return ("as planned: " if good else "NOT AS PLANNED: ") + "; ".join(words), good


def main(path):
    """Exit status."""
    with open(path, encoding="utf-8") as file:
        crowd = Crowd(json.load(file))
    crowd.run()
    line, good = crowd.report()
    print(line)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
