#!/usr/bin/python3
"""database.py ADDRESS PORT ENCRYPTION [CERTIFICATE]: as much of Microsoft SQL Server as comes before and in the TLS handshake.

Answers the pre-login of TDS 7 with ENCRYPTION (0 login only, 1 on, 2 not supported, 3 required) and, unless that is 2, does
the handshake in packets of type 0x12 ([MS-TDS] 2.2.6.5). Then it reads the login, in records without packets, and refuses it with an error
token: in a record where all is encrypted, in clear where only the login is. Serves one client after the other.
"""

import socket
import ssl
import struct
import sys

PRE_LOGIN, RESPONSE, LOGIN = 0x12, 0x04, 0x10


def exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError("the client closed")
        data += more
    return data


def read_packet(connection):
    header = exactly(connection, 8)
    return header[0], exactly(connection, struct.unpack(">H", header[2:4])[0] - 8)


def packet(kind, payload):
    return struct.pack(">BBHHBB", kind, 1, len(payload) + 8, 0, 1, 0) + payload


def pre_login(encryption):
    options = bytes([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff])
    return options + bytes([15, 0, 8, 2, 0, 0]) + bytes([encryption])


def login_failed():
    message = "Login failed.".encode("utf-16-le")
    body = struct.pack("<IBBH", 18456, 1, 14, len(message) // 2) + message + b"\0\0" + struct.pack("<I", 1)
    error = b"\xaa" + struct.pack("<H", len(body)) + body
    return packet(RESPONSE, error + b"\xfd\x02\x00\x00\x00" + b"\0" * 8)


def wanted(payload):
    """What the client's pre-login says of encryption."""
    at = 0
    while payload[at] != 0xff:
        token, offset, _ = struct.unpack(">BHH", payload[at:at + 5])
        if token == 1:
            return payload[offset]
        at += 5
    return 2


def handshake(connection, context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        failed = None
        try:
            tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            done = False
        except ssl.SSLError as error:
            failed = error
        flight = outgoing.read()
        for start in range(0, len(flight), 4088):
            connection.sendall(packet(PRE_LOGIN, flight[start:start + 4088]))
        if failed:
            raise failed
        if done:
            return tls, incoming, outgoing
        incoming.write(read_packet(connection)[1])


def serve(connection, encryption, context):
    kind, payload = read_packet(connection)
    asked = wanted(payload)
    print("pre-login, the client says", asked, flush=True)
    connection.sendall(packet(RESPONSE, pre_login(encryption)))
    if encryption == 2 or asked == 2:
        read_packet(connection)
        connection.sendall(login_failed())
        return
    tls, incoming, outgoing = handshake(connection, context)
    print("handshake:", tls.version(), flush=True)
    while True:
        try:
            tls.read(65536)
            break
        except ssl.SSLWantReadError:
            incoming.write(connection.recv(65536))
    if encryption == 0 and asked == 0:
        connection.sendall(login_failed())
    else:
        tls.write(login_failed())
        connection.sendall(outgoing.read())
    connection.recv(65536)


def main():
    address, port, encryption = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    context = None
    if encryption != 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4])
        # TLS inside TDS 7 packets ends with 1.2: tickets of 1.3 would come behind the packets.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        if len(sys.argv) > 5:
            context.set_ciphers(sys.argv[5])
    listener = socket.create_server((address, port))
    while True:
        connection, _ = listener.accept()
        try:
            serve(connection, encryption, context)
        except (OSError, EOFError) as error:
            print("ended:", error, flush=True)
        connection.close()


main()
