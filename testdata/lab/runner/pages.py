"""What people read: the README of a case, and the table of all cases in docs/lab.md."""

import json
import os
import subprocess

from runner import kinds
from runner.again import ROOT, tlscap
from runner.recording import VANTAGES, shorten, vantages

HEAD = "| client | server | SNI | outcome | pattern | detail | frames |\n| --- | --- | --- | --- | --- | --- | --- |"


def told(steps):
    """Commands and answers, equal ones once."""
    each = [(step["run"], *step["said"], f"exit status {step['exit']}") for step in steps]
    for lines in dict.fromkeys(each):
        times = each.count(lines)
        yield ["```text", "$ " + shorten(lines[0]), *lines[1:-1], lines[-1] + (f", {times} times" if times > 1 else ""), "```"]


def rows(truth):
    """The truth as a table, or in words where it holds for a crowd."""
    if "crowd" in truth:
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in truth["crowd"].items())
        return [f"Too many connections to list; what holds for all of them: {words}."]
    lines = [HEAD]
    for flow in truth["flows"]:
        detail = ", ".join(f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in flow["detail"].items())
        lines.append(f"| {flow['client']} | {flow['server']} | {flow.get('sni') or ''} | {flow['outcome']} | {flow['pattern'] or ''} "
                     f"| {detail} | {' '.join(map(str, flow['deciding_frames']))} |")
    return lines


def readme(name, scenario, recording):
    """README.md of a case."""
    recorder = scenario.get("recorder", "tcpdump")
    places = " and on ".join(VANTAGES[vantage][2] for vantage in vantages(scenario))
    first = recording.truths[vantages(scenario)[0]]
    out = [f"# {name}: {scenario['title']}", "", first["configured"], "", "**Why it is here.** " + " ".join(scenario["why"].split()), ""]
    if first["notes"]:
        out += [first["notes"], ""]
    out += [f"Recorded on {places} with {recorder}; `testdata/lab/run {name}` records it again from",
            f"`testdata/lab/scenarios/{name}.toml`, which holds configurations and commands in full.", "",
            "Programs: " + "; ".join(recording.versions.values()) + ".", "", "## What the clients said", ""]
    for block in told(recording.steps):
        out += block
    if recording.logged:
        out += ["", "## What the servers logged", "", "```text", *recording.logged, "```"]
    for vantage, truth in recording.truths.items():
        out += ["", "## The truth" + (f" ({vantage})" if len(recording.truths) > 1 else ""), "", *rows(truth)]
    return "\n".join(out) + "\n"


def screen(capture):
    """What tlscap prints."""
    binary = tlscap()
    if binary is None:
        raise SystemExit("testdata/lab/run --table needs tlscap: cargo build --release")
    done = subprocess.run([binary, "analyze", capture], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT, env={"COLUMNS": "80"})
    return done.stdout


def proofs():
    """How many kinds of printed commands are proved, and how."""
    rows = kinds.rows()
    scenarios = sorted({row.scenario for row in rows})
    commands = sum(len(row.outcomes) for row in rows)
    return ["## The printed commands", "", f"{len({row.kind() for row in rows})} kinds of what tlscap prints to run or to filter by ({commands} commands) "
            f"are proved in {len(scenarios)} scenarios by", "`sudo testdata/lab/run --prove --all-kinds`, which `.ci/run` calls; "
            "[proved.tsv](../testdata/lab/proved.tsv) is the list.", ""]


def table(cases):
    """docs/lab.md from the truths that are committed."""
    out = ["# The lab: scenarios, programs, patterns, vantage points", "",
           "Written by `testdata/lab/run --table` from the truths in testdata/cases; a test holds it against them.", "",
           "| scenario | what happens | vantage | connections | patterns of failed ones | programs |", "| --- | --- | --- | --- | --- | --- |"]
    total, captures = 0, 0
    for name in sorted(os.listdir(cases)):
        for file in sorted(os.listdir(f"{cases}/{name}")):
            if not file.endswith("truth.json"):
                continue
            with open(f"{cases}/{name}/{file}", encoding="utf-8") as opened:
                truth = json.load(opened)
            patterns = [flow["pattern"] for flow in truth["flows"] if flow["pattern"]]
            count = str(len(truth["flows"])) if "crowd" not in truth else f"at least {truth['crowd'].get('completed_at_least', 0)}"
            names = ", ".join(f"{p} {patterns.count(p)}" for p in dict.fromkeys(patterns)) or "none"
            total, captures = total + len(truth["flows"]), captures + 1
            out.append(f"| [{name}](../testdata/cases/{name}/README.md) | {truth['title']} | {truth['vantage']} | {count} | {names} | {'; '.join(truth['programs'])} |")
    out += ["", f"{captures} captures with {total} connections listed one by one.", "", *proofs(), "## The healthy hour", ""]
    command = "tlscap analyze testdata/cases/healthy_hour/capture.pcap.zst"
    out += ["Chromium and many other clients, thousands of handshakes, nothing failed; what the tool says of it:", "", "```text", "$ " + command]
    out += [screen("testdata/cases/healthy_hour/capture.pcap.zst").rstrip(), "```"]
    return "\n".join(out) + "\n"
