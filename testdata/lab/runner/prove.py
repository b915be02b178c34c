"""Runs the commands that tlscap prints for a capture, where the capture was made, and holds what they do against what the text says."""

import json
import re
import subprocess
from collections import Counter

from runner import kinds
from runner.again import tlscap
from runner.network import Mismatch

# What openssl prints of a handshake that a later alert undid.
UNDONE = re.compile(r"SSL alert number|errno=|unexpected eof", re.IGNORECASE)
DONE = re.compile(r"^(New|Reused), (SSLv3|TLSv1)", re.MULTILINE)


def said(path, *options):
    """What tlscap prints of a capture, 80 columns wide."""
    binary = tlscap()
    if binary is None:
        raise Mismatch("tlscap is not built: cargo build --release")
    done = subprocess.run([binary, "analyze", *options, path], capture_output=True, text=True, timeout=120, check=True, env={"COLUMNS": "80"})
    return done.stdout


def printed(incident):
    """Commands with their kinds: (kind, commands)."""
    proofs = incident["prove"]
    if proofs:
        each = [proof["command"] for proof in proofs]
        yield ("Prove", kinds.text_kind(proofs[0]["text"]), " ; ".join(map(kinds.command_kind, each))), each
    for remedy in incident["remedy"]:
        for command in commands_of(remedy["config"] or ""):
            yield ("Do", kinds.text_kind(remedy["text"]), kinds.command_kind(command)), [command]


def commands_of(config):
    """The lines of a remedy that a shell runs here; a record escapes the ends of lines."""
    lines = re.sub(r"\\\\?(\\x0a|\n) *", "", config).replace("\\x0a", "\n").split("\n")
    return [line for line in lines if line.split(" ")[0] in ("curl", "openssl")]


def outcome(lab, command):
    """`works` (a handshake completes and no alert follows), `shows` (a certificate is read) or `fails`, run where the clients are."""
    # An engineer's terminal does not end the session at once: the alerts of TLS 1.3 come behind the handshake.
    reads = "openssl x509" in command or "openssl pkey" in command
    shell = f"timeout 6 {command} 2>&1" if reads else f"sleep 0.7 | timeout 6 {command} 2>&1"
    trust = {"CURL_CA_BUNDLE": f"{lab.dir}/ca.pem"}
    done = subprocess.run(lab.ns("client", shell), capture_output=True, text=True, errors="replace", timeout=30, check=False,
                          env=lab.environment() | trust, cwd=lab.dir)
    if reads:
        return "shows" if re.search("notAfter|-----BEGIN", done.stdout) else "fails"
    if command.startswith("curl"):
        return "works" if done.returncode == 0 else "fails"
    return "works" if DONE.search(done.stdout) and not UNDONE.search(done.stdout) else "fails"


def run_row(lab, row, commands):
    """Whether the commands do what the row says, at the second attempt if need be."""
    for command, wanted in zip(commands, row.outcomes, strict=True):
        for word, value in row.given.items():
            command = re.sub(rf"\b{word}\b", value, command)
        did = outcome(lab, command)
        if did != wanted and outcome(lab, command) != wanted:  # what "fails" nearly always gets through now and then
            return f"NOT AS SAID (expected: {wanted}, seen: {did}): {command}"
    return None


def proofs(lab, path, rows):
    """Every printed command of the kinds that this scenario proves: lines, kinds that did as said, whether all did."""
    lines, proved, well = [], Counter(), True
    report = json.loads(said(path, "--format", "json", "--show", "none"))
    by_kind = {row.kind(): row for row in rows}
    for incident in report["incidents"]:
        for kind, commands in printed(incident):
            row = by_kind.get(kind)
            if row is None or kind in proved:  # one incident of a kind is enough
                continue
            wrong = run_row(lab, row, commands)
            proved[kind] += wrong is None
            well = well and wrong is None
            lines.append(f"#{incident['id']} {wrong or 'as said: ' + ' ; '.join(commands)}")
    return lines, proved, well


def see(path, rows):
    """The lines under See and More: streams shown, filters that select the flows of the incident, incidents in full."""
    lines, proved, well = [], Counter(), True
    screen = said(path)
    incidents = json.loads(said(path, "--format", "json", "--show", "none"))["incidents"]
    streams = {example["stream"] for incident in incidents for example in incident["examples"]}
    for row in rows:
        if row.label not in ("See", "More"):
            continue
        found = [line.strip() for line in screen.splitlines() if see_kind(line) == row.commands]
        right = bool(found) and all(leads(path, line, streams) for line in found)
        proved[row.kind()] += right
        well = well and right
        lines.append(f"{row.label} {'as said' if right else 'NOT AS SAID'}: {found[0] if found else 'not printed: ' + row.commands}")
    return lines, proved, well


def see_kind(line):
    """The line without its label, file and numbers."""
    found = re.search(r"tlscap analyze \S+ (--\w+) \d+$", line)
    if found:
        return f"tlscap analyze FILE {found[1]} N"
    found = re.search(r"Wireshark: tcp\.stream (eq|in)", line)
    return f"Wireshark: tcp.stream {found[1]} N" if found else None


def leads(path, line, streams):
    """Whether the line leads to what it names."""
    option = re.search(r"(--\w+) (\d+)$", line)
    if "Wireshark: " not in line:
        text = said(path, option[1], option[2])
        return f"#{option[2]} " in text if option[1] == "--incident" else text.startswith(f"Stream {option[2]}") or "Wireshark" in text
    wanted = {int(number) for number in re.findall(r"\d+", line)}
    done = subprocess.run(["tshark", "-r", path, "-Y", line.split("Wireshark: ")[1], "-T", "fields", "-e", "tcp.stream"],
                          capture_output=True, text=True, timeout=60, check=False)
    # Frames of ICMP quote a segment and have no stream of their own.
    chosen = {int(number) for number in done.stdout.split() if number.isdigit()}
    return done.returncode == 0 and chosen == wanted and wanted <= streams


def prove(lab, path, scenario):
    """Lines about each command, and whether all that the table says of this scenario held."""
    rows = [row for row in kinds.rows() if row.scenario == scenario]
    if not rows:
        raise Mismatch("proved.tsv names no kind of command that it proves")
    lines, proved, well = proofs(lab, path, [row for row in rows if row.label in ("Prove", "Do")])
    more, seen, right = see(path, rows)
    for row in rows:
        if not (proved + seen)[row.kind()]:
            more.append(f"NOT PROVED: {row.label}: {row.text}: {row.commands}")
            well = False
    return lines + more, well and right
