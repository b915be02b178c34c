#!/usr/bin/python3
"""server.py MODE ADDRESS PORT: a TCP server with one bad habit. Every mode serves one client after the other.

silent        accepts and never reads
close         reads the ClientHello, then closes: FIN
unread        reads five bytes of it, then closes: the kernel sends RST for the rest
hang-up       closes as soon as it has accepted: FIN
reset         resets as soon as it has accepted: RST
hello-fin     sends the ServerHello record of a real handshake and nothing more, then FIN
hello-reset   the same, then RST
hello-silent  the same, then says nothing
retry         asks with a HelloRetryRequest for the group whose key share it was just given
banner        greets as an SMTP server does, before the client spoke
"""

import select
import socket
import ssl
import struct
import sys
import threading
import time

RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def read_hello(connection):
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
        more = connection.recv(4096)
        if not more:
            break
        data += more
    return data


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def server_hello(hello):
    """The first record with which OpenSSL answers this hello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("rsa.pem")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    try:
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        pass
    flight = outgoing.read()
    return flight[:5 + int.from_bytes(flight[3:5], "big")]


def retry_request(hello):
    """A HelloRetryRequest for x25519: RFC 8446 4.1.4 lets a client refuse it if it sent that share already."""
    session = hello[44:44 + hello[43]]
    extensions = bytes.fromhex("002b00020304") + bytes.fromhex("00330002001d")
    body = b"\x03\x03" + RETRY_RANDOM + bytes([len(session)]) + session + b"\x13\x01\x00" + struct.pack(">H", len(extensions)) + extensions
    return b"\x16\x03\x03" + struct.pack(">H", len(body) + 4) + b"\x02" + struct.pack(">I", len(body))[1:] + body


def serve(mode, connection):
    print("accepted", connection.getpeername(), flush=True)
    if mode == "silent":
        time.sleep(60)
    elif mode == "close":
        print("read", len(read_hello(connection)), "bytes, close", flush=True)
    elif mode == "unread":
        print("read", len(connection.recv(5)), "bytes, close", flush=True)
        time.sleep(0.05)
    elif mode == "reset":
        reset(connection)
        print("reset", flush=True)
        return
    elif mode in ("hello-fin", "hello-reset", "hello-silent"):
        connection.sendall(server_hello(read_hello(connection)))
        time.sleep(60 if mode == "hello-silent" else 0.1)
        print(mode, flush=True)
        if mode == "hello-reset":
            reset(connection)
            return
    elif mode == "retry":
        connection.sendall(retry_request(read_hello(connection)))
        select.select([connection], [], [], 2)
        print("answer to the HelloRetryRequest:", connection.recv(4096)[:7].hex(), flush=True)
    elif mode == "banner":
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        connection.recv(4096)
        connection.sendall(b"500 5.5.2 Error: bad syntax\r\n")
    connection.close()


def main(mode, address, port):
    with socket.create_server((address, int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            if mode == "hang-up":
                connection.close()
                print("closed", flush=True)
                continue
            threading.Thread(target=serve, args=(mode, connection), daemon=True).start()


main(*sys.argv[1:])
