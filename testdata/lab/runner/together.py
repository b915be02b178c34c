"""Several scenarios at the same time, each in a run of its own: most of their time is waiting."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from runner.programs import LAB

AT_ONCE = 3
NETNS = "/etc/netns"


def one(name, running):
    """`--prove NAME`; its exit status."""
    with subprocess.Popen([f"{LAB}/run", "--prove", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        running.append(process)
        told, _ = process.communicate()
    print(told, end="", flush=True)
    return process.returncode


def prove_all(names):
    """Whether all did as said. Interrupted, it ends what it started, and each of them removes what it made."""
    held = f"{NETNS}/tlscap-{os.getpid()}-all"
    os.makedirs(held)  # no run that ends takes the folder from under one that begins
    running = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        statuses = list(pool.map(lambda name: one(name, running), names))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        raise
    finally:
        pool.shutdown()
        os.rmdir(held)
        if not os.listdir(NETNS):
            os.rmdir(NETNS)
    wrong = [name for name, status in zip(names, statuses, strict=True) if status != 0]
    print(f"{len(names)} scenarios, {'all as said' if not wrong else 'NOT AS SAID: ' + ', '.join(wrong)}", file=sys.stderr if wrong else sys.stdout)
    return not wrong
