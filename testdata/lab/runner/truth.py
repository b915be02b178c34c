"""The truth of one capture: what the scenario declares, joined with ports and frame numbers that only the capture knows.

tshark reads the frames; nothing here asks tlscap.
"""

import functools
import json
import subprocess

from runner import programs
from runner.network import Mismatch


def tshark(path, *arguments):
    """What tshark prints."""
    done = subprocess.run(["tshark", "-n", "-r", path, *arguments], capture_output=True, text=True, timeout=120, check=True, env={"PATH": programs.PATH})
    return done.stdout


def connections(path):
    """One entry per TCP connection in order of its first frame: stream number, client, server."""
    rows = tshark(path, "-Y", "tcp.flags.syn==1 and tcp.flags.ack==0 and not icmp and not icmpv6", "-T", "fields", "-E", "occurrence=f", "-e", "tcp.stream",
                  "-e", "ip.src", "-e", "ipv6.src", "-e", "tcp.srcport", "-e", "ip.dst", "-e", "ipv6.dst", "-e", "tcp.dstport")
    seen = {}
    for row in rows.splitlines():
        stream, src4, src6, sport, dst4, dst6, dport = row.split("\t")
        seen.setdefault(int(stream), (endpoint(src4 or src6, sport), endpoint(dst4 or dst6, dport)))
    return [(stream, *ends) for stream, ends in seen.items()]


def endpoint(address, port):
    """As tlscap prints it."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def deciding(path, stream, flow):
    """Frame numbers: those that `decides` selects in this connection; by default the ServerHello of a completed one."""
    completed = flow["outcome"] == "completed"
    wanted = flow.get("decides", "tls.handshake.type==2" if completed else None)
    if wanted is None:
        return []
    frames = [frame for frame, of, icmp in selected(path, wanted) if icmp or of == str(stream)]
    if not frames:
        raise Mismatch(f"stream {stream}: no frame for {wanted}")
    return {"first": frames[:1], "last": frames[-1:], "all": frames}[flow.get("pick", "last" if completed else "first")]


@functools.cache
def selected(path, wanted):
    """Frame number, stream and whether it is ICMP, of all frames that a filter selects: one run of tshark serves every connection."""
    rows = tshark(path, "-Y", wanted, "-T", "fields", "-E", "occurrence=f", "-e", "frame.number", "-e", "tcp.stream", "-e", "icmp.type",
                  "-e", "icmpv6.type")
    return [(int(frame), stream, icmp + icmpv6 != "") for frame, stream, icmp, icmpv6 in (row.split("\t") for row in rows.splitlines())]


def declared(scenario, vantage):
    """The flows of the scenario as this vantage sees them: `[step.flow.seen_at.VANTAGE]` overrides keys; `seen = false` leaves one out."""
    flows = [flow for step in scenario["step"] for _ in range(step.get("times", 1)) for flow in step.get("flow", [])]
    for flow in flows:
        one = {key: value for key, value in flow.items() if key != "seen_at"} | flow.get("seen_at", {}).get(vantage, {})
        if one.get("seen", True):
            yield one


def flows_of(scenario, vantage, path):
    """One line of the truth for each connection of the capture."""
    wanted = list(declared(scenario, vantage))
    found = connections(path)
    if len(wanted) != len(found):
        raise Mismatch(f"{vantage}: {len(wanted)} connections declared, {len(found)} in the capture: {found}")
    lines = []
    for flow, (stream, client, server) in zip(wanted, found, strict=True):
        expected = flow.get("server", scenario.get("server"))
        if expected != server:
            raise Mismatch(f"{vantage}: stream {stream} goes to {server}, the scenario says {expected}")
        if flow["outcome"] == "not-tls":  # another protocol at ease: no record is due, and `complete` forbids a failed one
            continue
        frames = deciding(path, stream, flow)
        detail = {key: len(frames) if value == "@frames" else value for key, value in flow.get("detail", {}).items()}
        line = {"client": client, "server": server, "outcome": flow["outcome"], "pattern": flow.get("pattern"), "detail": detail}
        line |= {key: flow[key] for key in ("causes",) if key in flow}
        if flow.get("sni") != "?":  # "?": what a tool says of the name is not judged
            line["sni"] = flow.get("sni")
        lines.append(line | {"deciding_frames": frames})
    return lines


def truth(scenario, vantage, path, told):
    """The whole of truth.json. `told`: what clients said, servers logged, and the versions of the programs."""
    notes = " ".join(scenario.get("notes", "").split())
    head = {"title": scenario["title"], "vantage": vantage, "configured": " ".join(scenario["what"].split()), "notes": notes} | told
    if "crowd" in scenario:  # too many connections to declare one by one: what holds for all of them
        return head | {"flows": [], "complete": False, "crowd": scenario["crowd"]}
    return head | {"flows": flows_of(scenario, vantage, path), "complete": True}


def write(path, value):
    """One flow per line: a change of one flow is a change of one line."""
    lines = ",\n".join("  " + json.dumps(flow, ensure_ascii=False) for flow in value["flows"])
    rest = ",\n".join(f" {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in value.items() if key != "flows")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"flows": [\n{lines}\n ],\n{rest}}}\n')
