#!/usr/bin/env python3
"""Measures everything that docs/performance.md shows, and writes it there between its markers.

    cargo build --release && python3 benches/performance.py            # about 10 GB of captures in --scratch, half an hour
    python3 benches/performance.py --scale 10                          # a tenth of the flows: 1.5 GB, some minutes
    python3 benches/performance.py --only instructions,stages

The captures are generated anew if they are not there, and checked against their truth. Best on a machine that does nothing else.
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys

import compare

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/performance.md"
# Kind and number of flows at full scale; the small ones are for slow programs.
CAPTURES = {
    "handshakes": ("handshakes", 1_000_000),
    "bulk": ("bulk", 3_000),
    "mixed": ("mixed", 250_000),
}
SMALL = {"handshakes-small": ("handshakes", 10_000), "mixed-small": ("mixed", 6_000)}
GROWTH = {"handshakes-10k": 10_000, "handshakes-100k": 100_000, "handshakes-1m": 1_000_000}


def output(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def bench(name, *words):
    return output("cargo", "bench", "--locked", "--quiet", "--bench", name, "--", *words)


def capture(scratch, name, kind, count):
    """The file, generated and checked if it is not there."""
    file = scratch / f"{name}-{count}.pcap"
    if not file.exists():
        print(f"generating {file}", file=sys.stderr)
        bench("generate", kind, count, file)
        bench("generate", "check", file)
    return str(file)


def discard(args, file):
    if args.remove:
        os.remove(file)
        os.remove(f"{file}.truth.json")


def versions():
    lines = ["tlscap --version", "rustc --version", "tcpdump --version", "tshark --version", "ndpiReader -h", "ssldump -v"]
    found = []
    for line in lines:
        words = line.split()
        words[0] = str(compare.TLSCAP) if words[0] == "tlscap" else words[0]
        try:
            done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
        except FileNotFoundError:
            continue
        texts = [text.strip() for text in (done.stdout + done.stderr).splitlines() if re.search(r"\d\.\d", text)]
        name = line.split()[0]
        found.append(next((text for text in texts if re.search(r"version|tlscap|rustc|ssldump|TShark|nDPI", text, re.I)), name))
    return found


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    load = os.getloadavg()[0]
    lines = [
        f"- {datetime.date.today()}, commit {output('git', 'rev-parse', '--short', 'HEAD')}",
        f"- {os.cpu_count()} CPUs ({cpu[1].strip() if cpu else platform.machine()}), {int(memory[1]) >> 20} GB, Linux {platform.release()},"
        f" load {load:.1f} when the measuring began",
        *(f"- {line}" for line in versions()),
    ]
    return "\n".join(lines)


def peers(args, captures):
    parts = []
    for name, (kind, count) in captures.items():
        file = capture(args.scratch, name, kind, max(10, count // args.scale if count > 10_000 or kind == "bulk" else count))
        packets, connections = compare.counts(compare.TLSCAP, file)
        size = os.path.getsize(file) / 1e6
        parts.append(f"**{name}**: {connections:,} TCP connections, {packets:,} packets, {size:,.0f} MB\n\n{compare.table(file, rounds=args.rounds)}")
        discard(args, file)
    return "\n\n".join(parts)


def growth(args):
    sizes = {name: count for name, count in GROWTH.items() if count <= 1_000_000 // args.scale or count <= 10_000}
    files = [capture(args.scratch, name, "handshakes", count) for name, count in sizes.items()]
    table = compare.growth(files, rounds=args.rounds)
    for file in files:
        discard(args, file)
    return table


def stages(_):
    return bench("stages")


def instructions(_):
    return f"```text\n{output(sys.executable, 'benches/callgrind.py')}\n```"


SECTIONS = {
    "machine": lambda _: machine(),
    "instructions": instructions,
    "stages": stages,
    "small": lambda args: peers(args, SMALL),
    "growth": growth,
    "peers": lambda args: peers(args, CAPTURES),
}


TARGETS = [("handshakes", 1.2), ("bulk", 0.28), ("mixed", 0.85)]


def targets(page):
    """What was to be reached, and what the tables of the page say of it."""
    rows = []
    for name, most in TARGETS:
        found = re.search(rf"\*\*{name}\*\*.*?\| tlscap \| [\d.]+ \| ([\d.]+) ", page, re.S)
        rows.append((f"CPU on `{name}`, of `tcpdump -r FILE -w /dev/null`", f"at most {most}", found and found[1], most))
    grown = re.findall(r"^\| ([\d,]+) \| [\d,]+ \| [\d.]+ \| [\d.]+ \| ([\d.]+) \| <? ?(\d+) \|$", page, re.M)
    connections, of, memory = grown[-1] if grown else ("no", None, None)
    rows.append((f"memory, MB, for a million connections (measured: {connections})", "at most 64", memory, 64))
    rows.append((f"CPU a connection, of that with 10,000 (measured: {connections})", "at most 1.15", of, 1.15))
    lines = ["| measure | target | measured | |", "| --- | --- | ---: | --- |"]
    for measure, target, value, most in rows:
        verdict = "" if value is None else "met" if float(value) <= most else f"**not met**, {float(value) / most:.1f} times"
        lines.append(f"| {measure} | {target} | {value or 'not measured'} | {verdict} |")
    return "\n".join(lines)


def replace(page, name, text):
    """The page with what stands between the markers of `name` replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        sys.exit(f"{PAGE}: no markers for {name}")
    return f"{before}{begin}\n{text}\n\n{end}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=1, help="divide the number of flows by this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections to renew")
    parser.add_argument("--scratch", type=pathlib.Path, default=pathlib.Path("/tmp/tlscap-bench"))
    parser.add_argument("--remove", action="store_true", help="remove each capture once it is measured")
    args = parser.parse_args()
    args.scratch.mkdir(parents=True, exist_ok=True)
    for name in args.only.split(","):
        if name not in SECTIONS:
            sys.exit(f"--only: {name} is not one of {', '.join(SECTIONS)}")
        text = SECTIONS[name](args)
        PAGE.write_text(replace(PAGE.read_text(), name, text))
        PAGE.write_text(replace(PAGE.read_text(), "targets", targets(PAGE.read_text())))
        print(f"{name}: written to {PAGE.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
