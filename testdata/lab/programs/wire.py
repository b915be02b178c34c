#!/usr/bin/python3
"""wire.py NEAR FAR RULES.json: a link between two interfaces with a distance, and with whatever sits on it.

NEAR leads to the client, FAR to the server. All frames pass, `delay_ms` later in each direction; packets of IPv4 and IPv6 lose `hops` of
their TTL, as if as many routers stood behind the box. The box itself is beside the client: what it sends arrives at once unless
`after_ms` says otherwise, and what it lets through towards the server has yet to travel.

RULES.json: {"delay_ms": 10, "hops": 8, "rules": [RULE, ...]}. The first rule that matches a TCP packet acts; the packet goes on unless the rule
says `"forward": false`. What a rule matches (all that are given):
    port            the server's (default: any)
    name            the bytes of the name stand in what the client sent so far; once for a connection
    hello_longer    the TLS record that the client's first bytes announce is longer than this; once for a connection
    server_data     "hello": the first payload of the server; once for a connection. With `name`: of connections whose client sent the name
    from            "client" or "server"; with `payload_longer` (bytes of TCP payload of one packet), `record` (TLS record type), `flags` ("syn"),
                    `packet` (2: the second packet with payload of that side; one that is sent again counts again)
    times           how often the rule acts for one connection (default 1 for name, hello_longer and server_data; else any number)
    pass_every      of the packets that match, each so-manyth is spared (50: two of a hundred)
What it does, `do`:
    "reset"   forges RSTs `to` client, server or both, `after_ms`, `count` of them. Towards the client: `ttl` is "server" (that of the server's own
              packets) or a number, `ttl_step` more for each further one; `header` is "server" (window, IP ID and timestamps continue the server's),
              "plain" (window 0, IP ID 0, no options) or "odd" (random IP ID, window 8192, timestamps of another clock); `ack` false leaves the ACK
              flag out; `step` adds to seq. Towards the server: `ttl_to_server` (default: the client's), no options. `forward_every`: only each
              so-manyth packet acted on goes on to the server. `cut` true: of the rest of the connection nothing passes.
    "drop"    loses it. "hold": it comes `after_ms` later. "twice": it comes twice.
    "corrupt" flips a bit of the payload at `offset`, counted from the end if negative (the checksum is right: a box rewrote it).
    "alert"   answers the client with a fatal alert `code` and FIN in the server's name; `"page"`: with `text`. The server gets a RST, and the box
              answers the rest of the connection itself.
"""

import heapq
import itertools
import json
import random
import select
import socket
import struct
import sys
import time

ETH_P_ALL, PACKET_OUTGOING = 3, 4
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ONCE = ("name", "hello_longer", "server_data")


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Packet:
    """A TCP packet in an Ethernet frame: the fields that rules read."""

    def __init__(self, frame):
        self.six = frame[12:14] == b"\x86\xdd"
        self.ether, ip = frame[:14], frame[14:]
        if self.six:
            self.ttl, self.id, at = ip[7], 0, 40
            self.source, self.destination = ip[8:24], ip[24:40]
            end = 40 + int.from_bytes(ip[4:6], "big")
        else:
            self.ttl, self.id, at = ip[8], int.from_bytes(ip[4:6], "big"), (ip[0] & 15) * 4
            self.source, self.destination = ip[12:16], ip[16:20]
            end = int.from_bytes(ip[2:4], "big")
        tcp = ip[at:end]
        self.sport, self.dport, self.seq, self.ack, size, self.flags, self.window = struct.unpack(">HHIIBBH", tcp[:16])
        size = (size >> 4) * 4
        self.options, self.payload = tcp[20:size], tcp[size:]

    @staticmethod
    def is_tcp(frame):
        """Whole TCP packets without fragments or extension headers; nothing else is looked at."""
        if frame[12:14] == b"\x08\x00":
            return frame[23] == 6 and int.from_bytes(frame[20:22], "big") & 0x3FFF == 0
        return frame[12:14] == b"\x86\xdd" and frame[20] == 6

    def option(self, wanted):
        """The value of a TCP option, or None."""
        at = 0
        while at < len(self.options) and self.options[at] != 0:
            if self.options[at] == 1:
                at += 1
                continue
            size = max(2, self.options[at + 1])
            if self.options[at] == wanted:
                return self.options[at + 2:at + size]
            at += size
        return None

    def timestamps(self):
        """TSval and TSecr, or None."""
        value = self.option(8)
        return None if value is None else struct.unpack(">II", value)

    def scale(self):
        """By how much the windows after a SYN are shifted."""
        return (self.option(3) or b"\0")[0]

    def bytes(self):
        """The frame again, with its checksums."""
        head = struct.pack(">HHIIBBHHH", self.sport, self.dport, self.seq & 0xFFFFFFFF, self.ack & 0xFFFFFFFF, (5 + len(self.options) // 4) << 4,
                           self.flags, self.window, 0, 0) + self.options
        length = len(head) + len(self.payload)
        if self.six:
            pseudo = self.source + self.destination + struct.pack(">II", length, 6)
            ip = struct.pack(">IHBB", 6 << 28, length, 6, self.ttl) + self.source + self.destination
        else:
            pseudo = self.source + self.destination + struct.pack(">HH", 6, length)
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, self.id, 0x4000, self.ttl, 6, 0) + self.source + self.destination
            ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        head = head[:16] + struct.pack(">H", checksum(pseudo + head + self.payload)) + head[18:]
        return self.ether + ip + head + self.payload


def answer_to(packet, flags, payload=b""):
    """A packet of the other side, as a reply to this one."""
    made = Packet(packet.bytes())
    made.ether = packet.ether[6:12] + packet.ether[:6] + packet.ether[12:]
    made.source, made.destination, made.sport, made.dport = packet.destination, packet.source, packet.dport, packet.sport
    made.flags, made.payload, made.options = flags, payload, b""
    made.seq = packet.ack
    made.ack = packet.seq + len(packet.payload) + (1 if packet.flags & (SYN | FIN) else 0)
    return made


class Flow:
    """What the box knows of a connection."""

    def __init__(self):
        self.sent = {}  # seq: payload of the client
        self.first = None
        self.server = None  # its last packet
        self.server_at = 0.0  # when that was
        self.client = None  # its last packet
        self.answered = False
        self.acted = {}
        self.payloads = {True: 0, False: 0}  # packets with payload, of the client and of the server
        self.taken = None  # the TTL with which the box answers in the server's place
        self.cut = False

    def see(self, packet, up):
        """Remembers a packet."""
        self.payloads[up] += bool(packet.payload)
        if not up:
            if not packet.flags & RST:
                self.server, self.server_at = packet, time.monotonic()
            return
        self.client = packet
        if packet.payload:
            self.first = packet.seq if self.first is None else self.first
            self.sent[(packet.seq - self.first) & 0xFFFFFFFF] = packet.payload

    def head(self):
        """The client's bytes from the first, as far as they are whole."""
        whole = b""
        for at in sorted(self.sent):
            if at > len(whole):
                break
            whole = whole[:at] + self.sent[at]
        return whole


class Box:
    """The link and its rules."""

    def __init__(self, near, far, rules):
        self.ports = [self.port(near), self.port(far)]
        self.delay = rules.get("delay_ms", 0) / 1000
        self.hops = rules.get("hops", 0)
        self.rules = rules.get("rules", [])
        self.flows = {}
        self.waiting = []
        self.count = itertools.count()
        self.matched = [0] * len(self.rules)
        self.forged = [0] * len(self.rules)
        self.random = random.Random(1)

    @staticmethod
    def port(name):
        """A raw socket on an interface."""
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        opened.bind((name, 0))
        return opened

    def later(self, port, frame, seconds):
        """Sends a frame out of a port when its time has come."""
        heapq.heappush(self.waiting, (time.monotonic() + seconds, next(self.count), port, frame))

    def run(self):
        """For ever."""
        print("forwarding", flush=True)
        while True:
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                _, _, port, frame = heapq.heappop(self.waiting)
                try:
                    self.ports[port].send(frame)
                except OSError as problem:
                    print(f"not sent, {len(frame)} bytes: {problem}", flush=True)
            wait = max(0, self.waiting[0][0] - now) if self.waiting else None
            for ready in select.select(self.ports, [], [], wait)[0]:
                frame, address = ready.recvfrom(65536)
                if address[2] != PACKET_OUTGOING:
                    self.take(frame, ready is self.ports[0])

    def take(self, frame, up):
        """One frame that came in; `up`: from the client's side."""
        frame = self.aged(frame)
        if Packet.is_tcp(frame):
            packet = Packet(frame)
            ends = (packet.source, packet.sport, packet.destination, packet.dport)
            key = ends if up else ends[2:] + ends[:2]
            if up and packet.flags & (SYN | ACK) == SYN:
                self.flows[key] = Flow()
            flow = self.flows.get(key)
            if flow is not None:
                flow.see(packet, up)
                frame = self.judge(packet, flow, up, frame)
        if frame is not None:
            self.later(int(up), frame, self.delay)

    def aged(self, frame):
        """The frame as if it had passed the routers."""
        if self.hops and frame[12:14] == b"\x08\x00":
            header = bytearray(frame[14:34])
            header[8] = max(1, header[8] - self.hops)
            header[10:12] = b"\0\0"
            size = (header[0] & 15) * 4
            whole = bytes(header) + frame[34:14 + size]
            return frame[:14] + whole[:10] + struct.pack(">H", checksum(whole)) + whole[12:] + frame[14 + size:]
        if self.hops and frame[12:14] == b"\x86\xdd" and frame[20] != 58:  # ICMPv6: neighbour discovery must keep 255
            return frame[:21] + bytes([max(1, frame[21] - self.hops)]) + frame[22:]
        return frame

    def judge(self, packet, flow, up, frame):
        """What goes on in place of the frame, or None."""
        if flow.cut:
            return None
        if flow.taken is not None:
            return self.in_its_stead(packet, flow, up)
        for number, rule in enumerate(self.rules):
            if self.matches(number, rule, packet, flow, up):
                return self.act(number, packet, flow, up, frame)
        if not up and packet.payload:
            flow.answered = True
        return frame

    def matches(self, number, rule, packet, flow, up):
        """Whether a rule holds for this packet, and counts it."""
        wanted = (
            rule.get("port") in (None, packet.dport if up else packet.sport)
            and rule.get("from") in (None, "client" if up else "server")
            and ("name" not in rule or (up and packet.payload or "server_data" in rule) and rule["name"].encode() in flow.head())
            and ("hello_longer" not in rule or up and packet.payload and int.from_bytes((flow.head() + b"\0" * 5)[3:5], "big") > rule["hello_longer"])
            and ("server_data" not in rule or not up and packet.payload and not flow.answered)
            and ("payload_longer" not in rule or len(packet.payload) > rule["payload_longer"])
            and ("packet" not in rule or packet.payload and flow.payloads[up] == rule["packet"])
            and ("record" not in rule or packet.payload[:1] == bytes([rule["record"]]))
            and ("flags" not in rule or bool(packet.flags & SYN) == (rule["flags"] == "syn"))
        )
        most = rule.get("times", 1 if any(key in rule for key in ONCE) else None)
        if not wanted or most is not None and flow.acted.get(number, 0) >= most:
            return False
        flow.acted[number] = flow.acted.get(number, 0) + 1
        self.matched[number] += 1
        return not ("pass_every" in rule and self.matched[number] % rule["pass_every"] == 0)

    def act(self, number, packet, flow, up, frame):
        """Does what the rule says; gives the frame that goes on, or None."""
        rule = self.rules[number]
        what = rule["do"]
        if what in ("alert", "page"):
            self.take_over(rule, packet, flow)
            return None
        if what == "reset":
            return self.reset(number, rule, packet, flow, frame)
        elif what == "hold":
            self.later(int(up), frame, self.delay + rule["after_ms"] / 1000)
            return None
        elif what == "twice":
            self.later(int(up), frame, self.delay)
        elif what == "corrupt" and -len(packet.payload) <= rule["offset"] < len(packet.payload):
            changed = bytearray(packet.payload)
            changed[rule["offset"]] ^= 1
            packet.payload = bytes(changed)
            frame = packet.bytes()
        return frame if rule.get("forward", what != "drop") else None

    def reset(self, number, rule, packet, flow, frame):
        """Forges, and decides whether the packet itself goes on."""
        self.forged[number] += 1
        forward = rule.get("forward", True) and self.forged[number] % rule.get("forward_every", 1) == 0
        self.forge(rule, packet, flow, forward)
        flow.cut = rule.get("cut", False)
        return frame if forward else None

    def forge(self, rule, packet, flow, forward):
        """RSTs in the names of client and server. `packet` is of either side; the forged ones continue what was seen."""
        up = flow.server is not None and packet.source != flow.server.source
        mine = answer_to(packet, ACK) if up else packet  # what the server would send next, or has sent
        for number in range(rule.get("count", 1)):
            # The box is beside the client: what the server sent has travelled before the box can act on it.
            after = rule.get("after_ms", 0) / 1000 + number * 0.0002 + (0 if up else self.delay)
            if rule.get("to", "client") in ("client", "both"):
                self.later(0, self.as_server(rule, mine, flow, number).bytes(), after)
            if rule.get("to", "client") in ("server", "both"):
                client = packet if up else answer_to(packet, ACK)
                forged = Packet(client.bytes())
                forged.flags, forged.payload, forged.options, forged.window = RST, b"", b"", 0
                forged.seq = client.seq + (len(client.payload) if forward else 0)
                forged.ack, forged.id, forged.ttl = 0, 0, rule.get("ttl_to_server", flow.client.ttl)
                self.later(1, forged.bytes(), after + self.delay)

    def as_server(self, rule, mine, flow, number):
        """One RST towards the client."""
        forged = Packet(mine.bytes())
        forged.payload, forged.options = b"", b""
        forged.flags = RST | (ACK if rule.get("ack", True) else 0)
        if not rule.get("ack", True):
            forged.ack = 0
        forged.seq = mine.seq + number * rule.get("step", 0)
        forged.ttl = flow.server.ttl if rule.get("ttl", "server") == "server" else rule["ttl"] + number * rule.get("ttl_step", 0)
        header = rule.get("header", "plain")
        if header == "server":
            forged.window = flow.server.window >> (flow.server.scale() if flow.server.flags & SYN else 0)
            forged.id = (mine.id if mine is flow.server else flow.server.id + 1) + number if flow.server.id else self.random.randrange(1, 65536)
            forged.options = self.stamps(flow, int((time.monotonic() - flow.server_at + rule.get("after_ms", 0) / 1000) * 1000))
        elif header == "odd":
            forged.window, forged.id = 8192, self.random.randrange(1, 65536)
            forged.options = self.stamps(flow, 1 << 30)
        else:
            forged.window, forged.id = 0, 0
        return forged

    @staticmethod
    def stamps(flow, off):
        """The timestamp option of a server whose clock went `off` milliseconds on since its last packet; none if it sends none."""
        seen, heard = flow.server.timestamps(), flow.client.timestamps()
        if seen is None or heard is None:
            return b""
        return b"\x01\x01\x08\x0a" + struct.pack(">II", (seen[0] + off) & 0xFFFFFFFF, heard[0])

    def take_over(self, rule, packet, flow):
        """Answers the client in the server's name and resets the server."""
        text = rule["text"].encode() if rule["do"] == "page" else b"\x15\x03\x03\x00\x02\x02" + bytes([rule["code"]])
        answer = answer_to(packet, PSH | ACK | FIN, text)
        answer.window, answer.id = 8192, self.random.randrange(1, 65536)
        answer.ttl = flow.server.ttl if rule.get("ttl", "server") == "server" else rule["ttl"]
        self.later(0, answer.bytes(), rule.get("after_ms", 0) / 1000)
        closing = Packet(packet.bytes())
        closing.flags, closing.payload, closing.options, closing.window, closing.ack = RST, b"", b"", 0, 0
        self.later(1, closing.bytes(), self.delay)
        flow.taken = answer.ttl

    def in_its_stead(self, packet, flow, up):
        """Acknowledges what the client of a connection that was taken over still sends."""
        if up and (packet.payload or packet.flags & FIN) and not packet.flags & RST:
            acknowledgement = answer_to(packet, ACK)
            acknowledgement.ttl, acknowledgement.window, acknowledgement.id = flow.taken, 8192, self.random.randrange(1, 65536)
            self.later(0, acknowledgement.bytes(), 0)


def main(near, far, rules):
    """Reads the rules and forwards."""
    with open(rules, encoding="utf-8") as file:
        Box(near, far, json.load(file)).run()


main(*sys.argv[1:])
