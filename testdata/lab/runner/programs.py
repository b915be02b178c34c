"""Which programs a scenario needs, whether they are here, and their versions (`programs.toml` is the list)."""

import os
import re
import shutil
import subprocess
import tomllib

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILT = os.path.join(LAB, "built")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin"
# Python as its own ssl module was built with Debian's OpenSSL, not one of a version manager; cargo where rustup puts it.
TOOLS = f"{PATH}:{os.path.expanduser('~/.cargo/bin')}:{os.environ.get('PATH', '')}"
NOISE = ("nginx version: ", "mail_version = ", r" - https://haproxy.org/", r" zlib/.*", "Server version: ", r" <https://.*", r", server .*")

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs.toml"), "rb") as _file:
    KNOWN = tomllib.load(_file)


def place(value):
    """@LAB@ is testdata/lab, @BUILT@ the folder of what is compiled for it."""
    return value.replace("@LAB@", LAB).replace("@BUILT@", BUILT)


def missing(names):
    """One sentence for each program that is not here."""
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise SystemExit(f"testdata/lab: `programs` names {', '.join(unknown)}, which runner/programs.toml does not have")
    return [f"{name} ({known['find']}) is not here; Debian's package: {known['package']}"
            for name in names if (known := KNOWN[name]) and shutil.which(known["find"], path=TOOLS) is None]


def build(names):
    """Compiles what of `names` is ours; the text of the first failure, or None."""
    for name in names:
        if "build" not in KNOWN[name]:
            continue
        os.makedirs(BUILT, exist_ok=True)
        done = subprocess.run(["sh", f"{LAB}/programs/build", KNOWN[name]["build"], BUILT], text=True, capture_output=True, check=False,
                              env=os.environ | {"PATH": TOOLS})
        if done.returncode != 0:
            return f"programs/build {name}:\n{done.stdout}{done.stderr}"
    return None


def version(name):
    """The first line that the program prints about itself."""
    done = subprocess.run(place(KNOWN[name]["version"]), shell=True, text=True, capture_output=True, timeout=20, check=False,
                          env={"PATH": TOOLS if "build" in KNOWN[name] else PATH, "HOME": "/root"})
    line = ((done.stdout + done.stderr).strip().splitlines() or [f"{name}: version unknown"])[0].strip()
    for noise in NOISE:
        line = re.sub(noise, "", line)
    line = line.replace("nginx/", "nginx ")
    return f"gnutls-cli {line}" if name == "gnutls-cli" and name not in line else line
