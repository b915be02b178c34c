"""One recording: builds the lab, starts servers and captures, runs the steps, gives back what is to be kept."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field

from runner import programs
from runner.network import Lab, Mismatch, stop
from runner.truth import truth

VANTAGES = {  # name: (namespace, interface, in words)
    "client": ("client", "c0", "the client's interface"),
    "router-client": ("router", "rc", "the router's interface towards the client"),
    "router-server": ("router", "rs", "the router's interface towards the server"),
    "router-any": ("router", "any", "all interfaces of the router (`-i any`)"),
    "server": ("server", "s0", "the server's interface"),
    "client-loopback": ("client", "lo", "the client's loopback interface"),
    "server-loopback": ("server", "lo", "the server's loopback interface"),
    "trunk": ("router", "trunk1", "the trunk between two switches between client and router"),
}


ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Recording:
    """What one run of a scenario gave."""
    truths: dict = field(default_factory=dict)  # vantage: truth
    captures: dict = field(default_factory=dict)  # vantage: path
    steps: list = field(default_factory=list)
    logged: list = field(default_factory=list)
    versions: dict = field(default_factory=dict)


def vantages(scenario):
    """One or several; the first is the main one."""
    value = scenario["vantage"]
    return value if isinstance(value, list) else [value]


def ending(scenario):
    """Of the file's name."""
    return "pcapng" if scenario.get("recorder") == "dumpcap" else "pcap"


def needed(scenario):
    """All programs that a recording uses, and the versions of which it states."""
    return [*scenario["programs"], scenario.get("recorder", "tcpdump"), "linux"]


def shorten(line):
    """What a program printed, fit for a page: control characters escaped, at most 300 characters."""
    line = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line.strip())
    return line if len(line) <= 300 else line[:297] + "..."


def start_capture(lab, vantage, path):
    """tcpdump (or dumpcap) at a vantage point, once it listens."""
    node, interface, _ = VANTAGES[vantage]
    packets = lab.scenario.get("filter", "tcp or icmp or icmp6")
    command = f"tcpdump -i {interface} -s 0 -U -n --immediate-mode -B 65536 -w {path} '{packets}'"
    if lab.scenario.get("recorder") == "dumpcap":
        command = f"dumpcap -q -i {interface} -s 0 -f '{packets}' -w {path}"
    process = lab.start(node, command, f"capture-{vantage}")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with open(f"{lab.dir}/capture-{vantage}.log", encoding="utf-8", errors="replace") as file:
            if re.search(r"listening on|File: ", file.read()):
                time.sleep(0.2)
                return process
        time.sleep(0.05)
    raise Mismatch("the capture did not start\n" + lab.logs())


def stop_captures(captures):
    """All of them, with what they hold written."""
    time.sleep(0.5)
    for process in captures:
        stop(process, signal.SIGINT)


def run_step(lab, step):
    """Runs one client command; its output and exit status, checked against `says`."""
    try:
        done = subprocess.run(lab.ns(step.get("at", "client"), step["run"]), stdin=subprocess.DEVNULL, text=True, errors="backslashreplace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=step.get("limit", 30), cwd=lab.dir,
                              env=lab.environment(), check=False)
    except subprocess.TimeoutExpired as error:
        raise Mismatch(f"{step['run']}: still running after {error.timeout} s\n{lab.logs()}") from error
    if not re.search(step["says"], done.stdout, re.MULTILINE):
        raise Mismatch(f"{step['run']}\nexpected {step['says']!r}, exit {done.returncode}:\n{done.stdout}\n{lab.logs()}")
    time.sleep(step.get("pause", 0.15))
    lines = [shorten(lab.hide(line.strip())) for line in done.stdout.splitlines() if re.search(step["says"], line)]
    return {"run": lab.hide(step["run"]).strip(), "said": list(dict.fromkeys(lines))[:2], "exit": done.returncode}


def log_lines(lab, server):
    """The lines of a server's log that its `log` asks for; none is an error."""
    name, pattern = server["name"], server.get("log")
    if pattern is None:
        return []
    with open(f"{lab.dir}/{name}.log", encoding="utf-8", errors="backslashreplace") as file:
        lines = [line.rstrip() for line in file if re.search(pattern, line)]
    if not lines:
        raise Mismatch(f"no line of {name} matches {pattern!r}\n" + lab.logs())
    return [f"{name}: {line}" for line in dict.fromkeys(shorten(lab.hide(line)) for line in lines)][:4]


def prepare(lab):
    """All that stands before the first client starts."""
    scenario = lab.scenario
    lab.build()
    lab.certificates()
    for name, text in scenario.get("file", {}).items():
        with open(f"{lab.dir}/{name}", "w", encoding="utf-8") as out:
            out.write(lab.text(text))
    lab.wire()
    for rule in scenario.get("rule", []):
        lab.inside(rule["at"], rule["run"])
    for server in scenario.get("server_program", []):
        process = lab.start(server.get("at", "server"), server["run"], server["name"])
        lab.wait_for(server.get("at", "server"), server.get("ready", ""), process)


def drive(lab):
    """Captures while the steps run."""
    scenario, made = lab.scenario, Recording()
    prepare(lab)
    made.captures = {vantage: f"{lab.dir}/{vantage}.{ending(scenario)}" for vantage in vantages(scenario)}
    captures = [start_capture(lab, vantage, path) for vantage, path in made.captures.items()]
    made.steps = [run_step(lab, step) for step in scenario["step"] for _ in range(step.get("times", 1))]
    stop_captures(captures)
    made.logged = [line for server in scenario.get("server_program", []) for line in log_lines(lab, server)]
    made.versions = {name: programs.version(name) for name in needed(scenario)}
    told = {"programs": list(made.versions.values()),
            "clients_said": list(dict.fromkeys(line for step in made.steps for line in step["said"]))[:12], "servers_logged": made.logged}
    for vantage, path in made.captures.items():
        made.truths[vantage] = truth(scenario, vantage, path, told)
    return made


def record(scenario, keep):
    """Records and hands the recording to `keep` while its files are there."""
    absent = programs.missing([*needed(scenario), "tshark"])
    if absent:
        raise Mismatch("; ".join(absent))
    failure = programs.build(scenario["programs"])
    if failure:
        raise Mismatch(failure)
    lab = Lab(scenario)
    signal.alarm(scenario.get("limit", 120))
    try:
        return keep(lab, drive(lab))
    finally:
        signal.alarm(0)
        held = [signal.signal(number, signal.SIG_IGN) for number in ENDINGS]  # what was made must be removed
        lab.close()
        for number, handler in zip(ENDINGS, held, strict=True):
            signal.signal(number, handler)


def size(path):
    """In bytes."""
    return os.path.getsize(path)
