#!/usr/bin/python3
"""switch.py ACCESS TRUNK VLAN: joins an untagged port and a trunk on which frames carry an 802.1Q tag, priority 3."""

import select
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING, SOL_PACKET, PACKET_AUXDATA = 3, 4, 263, 8
PRIORITY = 3


def port(name):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.bind((name, 0))
    opened.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return opened


def receive(opened):
    """A frame with its tag in place (the kernel hands a VLAN tag over beside the frame); None for our own frames."""
    frame, control, _, address = opened.recvmsg(65536, 256)
    if address[2] == PACKET_OUTGOING:
        return None
    for level, kind, data in control:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tag, _ = struct.unpack("=IIIHHHH", data[:20])
            if status & 0x10:  # TP_STATUS_VLAN_VALID
                frame = frame[:12] + struct.pack(">HH", 0x8100, tag) + frame[12:]
    return frame


def main(access_name, trunk_name, vlan):
    access, trunk = port(access_name), port(trunk_name)
    tag = struct.pack(">HH", 0x8100, PRIORITY << 13 | int(vlan))
    print("switching", flush=True)
    while True:
        for ready in select.select([access, trunk], [], [])[0]:
            frame = receive(ready)
            if frame is None:
                continue
            if ready is access:
                trunk.send(frame[:12] + tag + frame[12:])
            elif frame[12:14] == b"\x81\x00" and int.from_bytes(frame[14:16], "big") & 0xFFF == int(vlan):
                access.send(frame[:12] + frame[16:])


main(*sys.argv[1:])
