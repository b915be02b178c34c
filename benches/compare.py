#!/usr/bin/env python3
"""tlscap beside the programs that read the same captures: CPU time, wall time, memory.

    benches/compare.py FILE...                    # a table for each file
    benches/compare.py --growth FILE10K FILE100K  # tlscap alone, over captures that differ in size only

Rounds are paired: in each one every program reads the file once, and a ratio is of two runs of the same round, so that a busy
minute slows both. Before each run the file is read once, so that it comes from the page cache. CPU is user and system time, by
wait4. Memory is the most that was resident, by GNU time where it is installed: what wait4 says of a child of this script is
never less than the script's own, and then "< N" is all that can be told. Programs that are not
installed are left out, slow ones where the file is larger than --slow MB. Captures: cargo bench --bench generate.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TLSCAP = HERE.parent / "target/release/tlscap"
REFERENCE = "tcpdump -w"
# What each is asked for: name, command, whether it is slow. None but tlscap says which handshakes failed, and why.
TOOLS = [
    ("tlscap", ["{tlscap}", "analyze", "{file}"], False),
    (REFERENCE, ["tcpdump", "-r", "{file}", "-w", "/dev/null"], False),
    ("capinfos -c", ["capinfos", "-c", "{file}"], False),
    ("tshark", ["tshark", "-n", "-r", "{file}", "-Y", "tls.handshake.type || tls.alert_message || tcp.flags.reset == 1",
                "-T", "fields", "-e", "tcp.stream", "-e", "tls.handshake.type", "-e", "tls.alert_message.desc"], True),
    ("ndpiReader", ["ndpiReader", "-q", "-i", "{file}"], True),
    ("ssldump", ["ssldump", "-n", "-r", "{file}"], True),
]


class Run:
    """One run of one program."""

    def __init__(self, command, file=None):
        if file:
            warm(file)
        begun = time.monotonic()
        child = subprocess.Popen(self.measured(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - begun
        self.cpu = usage.ru_utime + usage.ru_stime
        if child.returncode:
            sys.exit(f"{' '.join(command)}: status {child.returncode}")
        with self.memory:
            self.rss = int(self.memory.read() or usage.ru_maxrss) / 1024

    def measured(self, command):
        """The command under GNU time, which writes the memory to a file."""
        self.memory = tempfile.NamedTemporaryFile("r")
        gnu = shutil.which("time")
        return [gnu, "-o", self.memory.name, "-f", "%M", *command] if gnu else command


def warm(file):
    with open(file, "rb", buffering=0) as opened:
        while opened.read(1 << 20):
            pass


def floor():
    """Resident memory in MB of a program that does nothing."""
    return Run(["true"]).rss


def memory(runs, least):
    most = max(run.rss for run in runs)
    return f"< {least:.0f}" if most <= least * 1.1 else f"{most:.0f}"


def tools(file, tlscap, slow):
    small = os.path.getsize(file) <= slow << 20
    for name, command, is_slow in TOOLS:
        command = [part.format(tlscap=tlscap, file=file) for part in command]
        if not shutil.which(command[0]):
            print(f"{command[0]} is not installed: left out", file=sys.stderr)
        elif small or not is_slow:
            yield name, command


def table(file, tlscap=TLSCAP, rounds=5, slow=100):
    """The Markdown table of one file."""
    chosen = list(tools(file, tlscap, slow))
    runs = {name: [] for name, _ in chosen}
    for number in range(rounds):
        for name, command in chosen:
            print(f"{os.path.basename(file)}: round {number + 1}, {name}", file=sys.stderr)
            runs[name].append(Run(command, file))
    least = floor()
    lines = ["| program | CPU s | CPU of tcpdump (least to most) | wall s | memory, MB |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, _ in chosen:
        of = ""
        if REFERENCE in runs:
            # A capture that is read within a hundredth of a second has no ratio.
            ratios = [run.cpu / max(base.cpu, 1e-3) for run, base in zip(runs[name], runs[REFERENCE])]
            of = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        cpu, wall = (statistics.median(getattr(run, key) for run in runs[name]) for key in ("cpu", "wall"))
        lines.append(f"| {name} | {cpu:.2f} | {of} | {wall:.2f} | {memory(runs[name], least)} |")
    return "\n".join(lines)


def counts(tlscap, file):
    """Packets and TCP connections that tlscap counts."""
    command = [str(tlscap), "analyze", "--format", "ndjson", "--show", "none", file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    return summary["packets"], sum(summary["outcomes"].values()) + summary["not_tls"]["flows"]


def growth(files, tlscap=TLSCAP, rounds=5):
    """The Markdown table of tlscap over several files, in turns."""
    runs = {file: [] for file in files}
    for number in range(rounds):
        for file in files:
            print(f"growth: round {number + 1}, {os.path.basename(file)}", file=sys.stderr)
            # A short run is repeated: a hundredth of a second is measured badly.
            times = max(1, (100 << 20) // os.path.getsize(file))
            runs[file].append([Run([str(tlscap), "analyze", file], file) for _ in range(times)])
    least = floor()
    lines = ["| connections | packets | CPU s | µs a connection | of the first | memory, MB |",
             "| ---: | ---: | ---: | ---: | ---: | ---: |"]
    first = None
    for file in files:
        packets, connections = counts(tlscap, file)
        cpu = statistics.median(statistics.mean(run.cpu for run in batch) for batch in runs[file])
        each = cpu * 1e6 / connections
        first = first or each
        rss = memory([run for batch in runs[file] for run in batch], least)
        lines.append(f"| {connections:,} | {packets:,} | {cpu:.2f} | {each:.2f} | {each / first:.2f} | {rss} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", type=int, default=100, help="MB up to which slow programs run")
    parser.add_argument("--tlscap", default=TLSCAP)
    args = parser.parse_args()
    if args.growth:
        print(growth(args.files, args.tlscap, args.rounds))
        return
    for file in args.files:
        size = os.path.getsize(file) / 1e6
        print(f"\n{os.path.basename(file)}, {size:,.0f} MB\n\n{table(file, args.tlscap, args.rounds, args.slow)}", flush=True)


if __name__ == "__main__":
    main()
