#!/usr/bin/env python3
"""How many instructions three committed captures take, beside the counts of benches/instructions.tsv.

    cargo build --release && benches/callgrind.py [--tlscap target/release/tlscap] [--write]

Instructions do not depend on what else the machine does: they change when the code, a dependency or the compiler does. The
change is printed and judged by nobody. --write puts the new counts in the place of the old ones. Needs valgrind.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "testdata" / "cases"
COMMITTED = HERE / "instructions.tsv"
HEADER = """\
# Instructions of `tlscap analyze --format ndjson --show none`, counted by callgrind (benches/callgrind.py --write). The first row is the
# start of the program with a capture that holds nothing: it is in each of the others too.
# capture	packets	instructions
"""
# An hour in which nothing fails, an hour with incidents, one with resets of a careful middlebox.
CAPTURES = ["healthy_hour", "incident_gateway_mix", "reset_careful_both_ends"]
EMPTY = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


def capture(name):
    for file in sorted((CASES / name).glob("capture.pcap*")):
        return file
    sys.exit(f"{CASES / name}: no capture")


def count(tlscap, file, scratch):
    """Instructions of one run, and the packets that it says it read."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out",
               tlscap, "analyze", "--format", "ndjson", "--show", "none", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr[-2000:]}")
    packets = re.search(r'"type":"summary","packets":(\d+)', done.stdout)
    return int(found[1]), int(packets[1])


def committed():
    if not COMMITTED.exists():
        return {}
    rows = [line.split("\t") for line in COMMITTED.read_text().splitlines() if line and not line.startswith("#")]
    return {name: int(instructions) for name, _, instructions in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tlscap", default=str(HERE.parent / "target/release/tlscap"))
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is not installed: no instructions are counted")
        return 0
    before, lines, start = committed(), [], 0
    print(f"{'capture':26} {'packets':>8} {'instructions':>14} {'a packet':>9} {'committed':>14} {'change':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        empty = pathlib.Path(scratch) / "empty.pcap"
        empty.write_bytes(EMPTY)
        for name in ["(nothing)", *CAPTURES]:
            instructions, packets = count(args.tlscap, empty if name == "(nothing)" else capture(name), scratch)
            start = start or instructions
            each = f"{(instructions - start) / packets:9,.0f}" if packets else f"{'':9}"
            old = before.get(name)
            change = f"{100 * (instructions - old) / old:+7.2f}%" if old else f"{'new':>8}"
            print(f"{name:26} {packets:8,} {instructions:14,} {each} {old or 0:14,} {change}", flush=True)
            lines.append(f"{name}\t{packets}\t{instructions}\n")
    if args.write:
        COMMITTED.write_text(HEADER + "".join(lines))
        print(f"written to {COMMITTED.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
