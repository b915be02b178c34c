"""Holds a new recording against the committed one: versions, words, truths, and what tlscap says of both captures."""

import difflib
import json
import os
import re
import subprocess

from runner import programs

ROOT = os.path.dirname(os.path.dirname(programs.LAB))


def tlscap():
    """The newest binary: $TLSCAP, or one of target/."""
    built = [f"{ROOT}/target/{kind}/tlscap" for kind in ("release", "debug")]
    there = [path for path in [os.environ.get("TLSCAP"), *sorted((p for p in built if os.path.exists(p)), key=os.path.getmtime, reverse=True)] if path]
    return there[0] if there else None


def verdicts(path):
    """One line per connection, without ports and times; empty without a binary."""
    binary = tlscap()
    if binary is None:
        return ["tlscap is not built: cargo build --release"]
    done = subprocess.run([binary, "analyze", "--format", "json", "--show", "all", path], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        return [f"tlscap: exit {done.returncode}: {done.stderr.strip()}"]
    records = json.loads(done.stdout)["handshakes"]
    records.sort(key=lambda one: (one.get("stream") is None, one.get("stream")))
    return [" ".join(str(part) for part in (one["server"]["ip"], one["server"]["port"], one["outcome"], one["pattern"] or "", codes(one),
                                            (one.get("client_hello") or {}).get("sni") or "")).strip() for one in records]


def codes(record):
    """What of a failed one's detail does not differ each time, and its causes."""
    detail = {key: value for key, value in (record["detail"] or {}).items() if not key.endswith("_ms") and not isinstance(value, float)}
    return " ".join([json.dumps(detail), *(cause["code"] for cause in record["causes"])]) if detail else ""


def declared(truth):
    """The lines of a truth, without what differs from one recording to the next."""
    same = [json.dumps({key: value for key, value in flow.items() if key not in ("client", "deciding_frames")}, ensure_ascii=False) for flow in truth["flows"]]
    return same + [json.dumps(truth.get("crowd", {}))]


def without_numbers(lines):
    """Times, ports, process numbers and addresses in memory differ each time."""
    return list(dict.fromkeys(re.sub(r"[0-9A-F]{8,}|\d+", "N", line) for line in lines))


def difference(title, before, after):
    """A unified diff with a title, or nothing."""
    lines = [line for line in difflib.unified_diff(before, after, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))]
    return [title + ":", *("  " + line for line in lines)] if lines else []


def compare(old, new, old_capture, new_capture):
    """(what changed at all, whether a verdict or truth did)."""
    grave = difference("truth", declared(old), declared(new))
    if "crowd" not in new:
        grave += difference("what tlscap says", verdicts(old_capture), verdicts(new_capture))
    light = difference("programs", old.get("programs", []), new["programs"])
    light += difference("clients said", *(without_numbers(one.get("clients_said", [])) for one in (old, new)))
    light += difference("servers logged", *(without_numbers(one.get("servers_logged", [])) for one in (old, new)))
    return light + grave, bool(grave)
