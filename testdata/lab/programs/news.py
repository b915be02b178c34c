#!/usr/bin/python3
"""news.py ADDRESS PORT [CERTIFICATE]: a news server that knows CAPABILITIES, STARTTLS (RFC 4642) and QUIT, one client after the other.

Without a certificate it does not offer STARTTLS and answers 580 to it.
"""

import socket
import ssl
import sys


def serve(connection, certificate):
    connection.sendall(b"200 news.example.com ready\r\n")
    while True:
        line = b""
        while not line.endswith(b"\n"):
            byte = connection.recv(1)
            if not byte:
                return
            line += byte
        word = line.strip().upper()
        if word == b"CAPABILITIES":
            offer = b"STARTTLS\r\n" if certificate else b""
            connection.sendall(b"101 capabilities\r\nVERSION 2\r\nREADER\r\n" + offer + b".\r\n")
        elif word == b"STARTTLS" and certificate:
            connection.sendall(b"382 go on\r\n")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            connection = context.wrap_socket(connection, server_side=True)
        elif word == b"STARTTLS":
            connection.sendall(b"580 cannot start TLS\r\n")
        elif word == b"QUIT":
            connection.sendall(b"205 bye\r\n")
            return
        else:
            connection.sendall(b"500 unknown\r\n")


def main():
    certificate = sys.argv[3] if len(sys.argv) > 3 else None
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
    while True:
        connection, _ = listener.accept()
        try:
            serve(connection, certificate)
        except OSError as error:
            print("ended:", error, flush=True)
        connection.close()


main()
