#!/usr/bin/python3
"""client.py MODE NAME PORT: a TCP client that a health check, a browser or a broken program might be.

check     connects and closes: a health check
late      connects, waits 0.3 s, then sends its ClientHello
half      sends the first 200 bytes of a ClientHello and waits for the server
leave     sends its ClientHello and closes 0.1 s later, whatever comes
reset     a whole request, then closes with RST (SO_LINGER 0)
quiet     a whole handshake, then closes without a request
"""

import socket
import ssl
import struct
import sys
import time


def context():
    made = ssl.create_default_context(cafile="ca.pem")
    made.set_alpn_protocols(["http/1.1"])
    return made


def hello(name):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context().wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def main(mode, name, port):
    connection = socket.create_connection((name, int(port)), timeout=20)
    if mode == "check":
        connection.close()
        return "connected and closed"
    if mode == "half":
        connection.sendall(hello(name)[:200])
        return f"server closed, bytes received: {len(connection.recv(4096))}"
    if mode == "leave":
        connection.sendall(hello(name))
        time.sleep(0.1)
        connection.close()
        return "sent a ClientHello and left"
    if mode == "late":
        time.sleep(0.3)
    with context().wrap_socket(connection, server_hostname=name) as tls:
        if mode == "quiet":
            return f"{tls.version()}, no request"
        tls.sendall(b"GET / HTTP/1.1\r\nHost: " + name.encode() + b"\r\n\r\n")
        answer = tls.recv(4096)
        if mode == "reset":
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return f"{tls.version()}, {answer[:15].decode()}"


try:
    print(main(*sys.argv[1:]))
except OSError as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
