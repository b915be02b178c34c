#!/usr/bin/python3
"""desktop.py NAME PORT PROTOCOLS: asks a remote desktop for its security as an RDP client does ([MS-RDPBCGR] 2.2.1.1).

PROTOCOLS is the sum of 1 (TLS) and 2 (CredSSP). Prints the answer, and where it agrees does the TLS handshake, without a look at the
certificate (desktops make their own), and closes it.
"""

import socket
import ssl
import struct
import sys


def main():
    name, port, protocols = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    made = socket.create_connection((name, port))
    wanted = b"Cookie: mstshash=a\r\n" + struct.pack("<BBHI", 1, 0, 8, protocols)
    made.sendall(struct.pack(">BBHBBHHB", 3, 0, 11 + len(wanted), 6 + len(wanted), 0xe0, 0, 0, 0) + wanted)
    answer = made.recv(4096)
    kind, value = (0, 0) if len(answer) < 19 else (answer[11], struct.unpack("<I", answer[15:19])[0])
    words = {2: "selected", 3: "refused"}
    print(words.get(kind, "no negotiation"), value, flush=True)
    if kind != 2 or value == 0:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if len(sys.argv) > 4:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with context.wrap_socket(made, server_hostname=name) as tls:
            print(tls.version(), flush=True)
    except ssl.SSLError as error:
        print(error, flush=True)


main()
