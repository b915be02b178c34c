"""Runs the commands that tlscap prints for a capture, where the capture was made, and holds what they do against what the text says."""

import json
import re
import subprocess

from runner.again import tlscap
from runner.network import Mismatch


def incidents(path):
    """What tlscap says of a capture."""
    binary = tlscap()
    if binary is None:
        raise Mismatch("tlscap is not built: cargo build --release")
    done = subprocess.run([binary, "analyze", "--format", "json", "--show", "none", path], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)["incidents"]


def works(lab, command):
    """Whether a handshake completes (or the certificate's dates are printed), run where the clients are."""
    done = subprocess.run(lab.ns("client", f"timeout 6 {command} </dev/null 2>&1"), capture_output=True, text=True, errors="replace",
                          timeout=20, check=False, env=lab.environment(), cwd=lab.dir)
    if "-dates" in command:
        return "notAfter" in done.stdout
    return "New, (NONE)" not in done.stdout and re.search(r"^(New|Reused), (SSLv3|TLSv1)", done.stdout, re.MULTILINE) is not None


def expected(texts):
    """For each command whether it is to work, by the texts above them; None where they do not say."""
    text = texts[0]
    if "second works" in text:
        return [False, True]
    if "dates of the certificate" in text:
        return [True]
    if "works, if" in text:
        return [True]
    if "The same by hand" in text:
        return [False]
    if "repeat 10 times" in text:  # the first fails nearly always
        return [False, True]
    return [None] * len(texts)


def prove(lab, path):
    """Lines about each command, and whether all did as the texts say."""
    lines, well = [], True
    for incident in incidents(path):
        proofs = incident["prove"]
        for proof, wanted in zip(proofs, expected([proof["text"] for proof in proofs]) if proofs else [], strict=False):
            if wanted is None:
                lines.append(f"#{incident['id']} no prediction: {proof['text']}")
                continue
            did = [works(lab, proof["command"]) for _ in range(1 if wanted else 2)]
            right = all(did) if wanted else not all(did)
            well = well and right
            lines.append(f"#{incident['id']} {'as said' if right else 'NOT AS SAID'} ({'works' if wanted else 'fails'}): {proof['command']}")
    return lines, well
