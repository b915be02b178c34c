#!/usr/bin/env python3
"""Holds what tlscap says of a generated capture against its truth, and lists what differs with its frames.

    benches/truth.py CAPTURE TRUTH.json [--tlscap target/release/tlscap] [--list 40]

The truth has `flows_by_kind`: how many flows of each kind were written. What a kind must be found to be stands in the truth's
`expected` (benches/generate) or in benches/kinds.tsv. Exit status 1 where a count differs.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def kinds():
    """Kind to (outcome, pattern), from the table."""
    table = {}
    for line in (HERE / "kinds.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            kind, outcome, pattern, _ = line.split("\t")
            table[kind] = (outcome, pattern or None)
    return table


def expected(truth):
    """(outcome, pattern) to number of flows and the kinds that are in it."""
    own = {kind: (one["outcome"], one["pattern"]) for kind, one in truth.get("expected", {}).items()}
    table = own or kinds()
    counts, names = collections.Counter(), collections.defaultdict(list)
    for kind, count in truth["flows_by_kind"].items():
        if kind not in table:
            sys.exit(f"benches/kinds.tsv has no line for {kind}")
        counts[table[kind]] += count
        names[table[kind]].append(f"{kind.split(':')[-1]} {count}")
    counts.pop(("none", None), None)
    return counts, names


def found(tlscap, capture):
    """(outcome, pattern) to the handshake records of it, and the summary."""
    command = [tlscap, "analyze", "--format", "ndjson", "--show", "all", capture]
    records, summary = collections.defaultdict(list), None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            record = json.loads(line)
            if record["type"] == "handshake":
                records[(record["outcome"], record["pattern"])].append(short(record))
            elif record["type"] == "summary":
                summary = record
    if program.returncode or summary is None:
        sys.exit(f"{' '.join(command)}: status {program.returncode}, no summary" if summary is None else
                 f"{' '.join(command)}: status {program.returncode}")
    return records, summary


def short(record):
    """What is shown of a flow: its frames, its ends, and what the capture lacks of it."""
    frames = sorted({moment["frame"] for moment in record["timeline"]})
    missing = sum(record["tcp"]["missing_bytes"].values())
    ends = [f"{record[end]['ip']}:{record[end]['port']}" for end in ("client", "server")]
    why = record["reason"] or (f"{missing} bytes are not in the capture" if missing else "")
    return missing == 0, f"frames {frames[0]}-{frames[-1]}, stream {record['stream']}, {' > '.join(ends)} {why}".rstrip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture")
    parser.add_argument("truth")
    parser.add_argument("--tlscap", default=str(HERE.parent / "target/release/tlscap"))
    parser.add_argument("--list", type=int, default=40, help="flows that are listed of one count that differs")
    args = parser.parse_args()
    truth = json.loads(pathlib.Path(args.truth).read_text())
    wanted, names = expected(truth)
    records, summary = found(args.tlscap, args.capture)
    counts = collections.Counter({key: len(flows) for key, flows in records.items()})
    counts[("not-tls", None)] = summary["not_tls"]["flows"]
    keys = sorted(set(wanted) | set(counts), key=str)
    differing = [key for key in keys if wanted[key] != counts[key]]
    flows = sum(wanted.values())
    print(f"{args.capture}: {flows} TCP flows, {len(keys)} kinds of verdict, {len(differing)} counts differ")
    for key in differing:
        outcome, pattern = key
        print(f"\n{pattern or outcome}: {counts[key]} found, {wanted[key]} in the truth  ({', '.join(names[key]) or 'none'})")
        # Flows that the capture does not hold whole come first: they explain most.
        for _, line in sorted(records[key], key=lambda flow: flow[0])[: args.list]:
            print(f"  {line}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
