#!/usr/bin/python3
"""slow.py ADDRESS PORT LEAST MOST: an HTTPS server that lets its clients wait, and fails none of them.

It reads a ClientHello only after a random time of LEAST to MOST seconds. The path says how it answers: /slow in pieces over 3 s, /reset with a RST
behind the answer, anything else at once. Head and body are records of their own, a body is two bytes long. A client that says nothing for
3 s is left; so is one that went away.
"""

import random
import socket
import ssl
import struct
import sys
import threading
import time

PATIENCE = 3
REST = 0.8


def context():
    """TLS 1.2 and 1.3, the certificate of the lab."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain("ec.pem")
    made.set_alpn_protocols(["http/1.1"])
    return made


def answer(tls):
    """Reads one request and answers it; whether a RST shall end the connection."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = tls.recv(4096)
        if not more:
            return False
        request += more
    path = request.split(b" ")[1]
    size = 6 if path == b"/slow" else 2
    tls.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n\r\n".encode())
    for _ in range(size // 2):
        if path == b"/slow":
            time.sleep(1)
        tls.sendall(b"ok")
    return path == b"/reset"


def serve(connection, delays, made):
    """One client, whatever it does."""
    try:
        connection.settimeout(PATIENCE)
        time.sleep(random.uniform(*delays))
        with made.wrap_socket(connection, server_side=True) as tls:
            if answer(tls):
                time.sleep(REST)  # the client shall have it all, also if it must be sent again
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                tls.close()
            else:
                tls.unwrap()
    except OSError:
        pass  # it went away, which is its good right here
    finally:
        connection.close()


def main(address, port, *delays):
    """For ever."""
    made = context()
    listener = socket.create_server((address, int(port)), backlog=256)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, list(map(float, delays)), made), daemon=True).start()


main(*sys.argv[1:])
