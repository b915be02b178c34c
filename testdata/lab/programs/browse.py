#!/usr/bin/python3
"""browse.py SEED VISIT=COUNT...: headless Chromium visits pages of the lab, driven by its DevTools protocol over a pipe.

Each visit is a tab in a browser context of its own, so that its connections are new ones; one in three comes back to a context and may
resume sessions, and `idle` ones share the browser's. The first letter of a name (`n-17.example.com`) says which server it leads to; see HOSTS. What a visit does:

h2      a page and fetches of many names, all over HTTP/2 where the server has it
many    a page, then names that close each connection, then the same names again (resumption)
idle    a page that preconnects to many names, uses two of them, and stays open until servers give the rest up
few     the same with the servers of `h2` and `post` only
leave   a page and slow ones, closed in the middle of their load
abort   fetches from a server that is slow to shake hands (port 8443), aborted by script or with the tab
post    only names that have X25519MLKEM768

Only `abort` goes away before a server has answered: all others wait for their handshakes, also for those of sockets that Chromium opened for
later use. It takes up to 0.3 s to verify a certificate, and a tab closed just then ends the handshake between ServerHello and Finished.
So does a new context soon after it was made: its first connection is given up there and made anew, therefore a tab is blank for a while.

Needs certutil: Chromium believes the CA of the lab by an NSS database below HOME. Prints a line a kind and the sums.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

HOSTS = {"n": "198.51.100.10", "h": "198.51.100.11", "w": "198.51.100.12", "g": "198.51.100.13", "r": "198.51.100.14", "k": "198.51.100.15",
         "v": "198.51.100.16", "s": "198.51.100.17", "t": "198.51.100.18"}
QUIET = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
         "--disable-sync --disable-default-apps --disable-extensions --disable-domain-reliability --disable-breakpad --mute-audio "
         "--disable-dev-shm-usage --remote-debugging-pipe "
         "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater,"
         "LocalNetworkAccessChecks")
SETTLE = 1.5  # seconds in which a handshake ends, also one that had to send again
FETCH = """(async (urls, stops) => {
  const sum = {ok: 0, aborted: 0, failed: 0};
  await Promise.all(urls.map(async (url, i) => {
    const control = new AbortController();
    if (stops[i]) setTimeout(() => control.abort(), stops[i]);
    try { await (await fetch(url, {mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal: control.signal})).text(); sum.ok++; }
    catch (error) { sum[error.name == 'AbortError' ? 'aborted' : 'failed']++; }
  }));
  return JSON.stringify(sum);
})(%s, %s)"""
PRECONNECT = """%s.forEach(url => { const link = document.createElement('link'); link.rel = 'preconnect'; link.href = url;
  if (Math.random() < 0.5) link.crossOrigin = 'anonymous';
  document.head.append(link); })"""


class Browser:
    """A Chromium and the pipe to it."""

    def __init__(self):
        self.lock, self.number, self.waiting = threading.Lock(), 0, {}
        read_commands, self.commands = os.pipe()
        self.answers, write_answers = os.pipe()
        rules = ",".join([f"MAP {letter}-*.example.com {address}" for letter, address in HOSTS.items()] + ["MAP * ~NOTFOUND"])
        command = f"exec chromium {QUIET} --user-data-dir=chromium.profile --host-resolver-rules='{rules}' about:blank 3<&{read_commands} 4>&{write_answers}"
        with open("chromium.log", "ab") as log:
            self.process = subprocess.Popen(["sh", "-c", command], pass_fds=(read_commands, write_answers), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(read_commands)
        os.close(write_answers)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Hands answers to those who wait for them."""
        rest = b""
        while part := os.read(self.answers, 1 << 16):
            *whole, rest = (rest + part).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    self.waiting.pop(message["id"]).set_result(message)

    def send(self, method, session=None, **arguments):
        """Sends a command; a Future of its answer."""
        with self.lock:
            self.number += 1
            future = self.waiting[self.number] = Future()
            message = {"id": self.number, "method": method, "params": arguments} | ({"sessionId": session} if session else {})
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self.commands, data):]
        return future

    def call(self, method, session=None, **arguments):
        """Sends a command and waits for its result."""
        message = self.send(method, session, **arguments).result(timeout=60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def tab(self, context, url):
        """A new tab that has loaded a page: target and session."""
        own = {"browserContextId": context} if context else {}
        target = self.call("Target.createTarget", url="about:blank", **own)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        time.sleep(SETTLE)
        self.send("Page.navigate", session, url=url)
        end = time.monotonic() + 20
        while self.run(session, "location.protocol + document.readyState", False).result(timeout=60)["result"]["result"]["value"] != "https:complete":
            if time.monotonic() > end:
                raise RuntimeError(f"{url} does not load")
            time.sleep(0.05)
        return target, session

    def run(self, session, script, wait=True):
        """Runs a script in a tab; a Future."""
        return self.send("Runtime.evaluate", session, expression=script, awaitPromise=wait, returnByValue=True)

    def close(self):
        """Ends it."""
        self.send("Browser.close")
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.terminate()


class Visits:
    """What the tabs do, and what came of it."""

    def __init__(self, browser, seed):
        self.browser, self.random = browser, random.Random(seed)
        self.lock, self.sums, self.contexts = threading.Lock(), {}, []

    def urls(self, letters, count, path="/", port=""):
        """Addresses of random names."""
        return [f"https://{letter}-{self.random.randrange(1000)}.example.com{port}{path}" for letter in self.random.choices(letters, k=count)]

    def context(self, kind):
        """One of a tab's own, or one that was there before, or the browser's: others are incognito and do not preconnect."""
        if kind in ("idle", "few"):
            return None
        if self.contexts and self.random.random() < 1 / 3:
            return self.contexts.pop()
        return self.browser.call("Target.createBrowserContext")["browserContextId"]

    def fetch(self, session, urls, stops=None):
        """Starts fetches; a Future."""
        return self.browser.run(session, FETCH % (json.dumps(urls), json.dumps(stops or [0] * len(urls))))

    def count(self, kind, future):
        """Waits for fetches and adds up."""
        sums = json.loads(future.result(timeout=60)["result"]["result"]["value"])
        with self.lock:
            known = self.sums.setdefault(kind, {})
            for key, value in sums.items():
                known[key] = known.get(key, 0) + value

    def visit(self, kind):
        """One tab from its opening to its end."""
        context = self.context(kind)
        first = {"post": "v", "abort": "n", "many": "t"}.get(kind, self.random.choice("nhw"))
        target, session = self.browser.tab(context, self.urls(first, 1, "/page.html" if first in "nt" and kind != "abort" else "/")[0])
        time.sleep(SETTLE)
        keep = getattr(self, kind)(session)
        if kind != "abort":
            time.sleep(SETTLE)
        self.browser.call("Target.closeTarget", targetId=target)
        if keep:
            self.contexts.append(context)
        elif context:
            self.browser.call("Target.disposeBrowserContext", browserContextId=context)

    def h2(self, session):
        """Over HTTP/2; one connection serves many names there."""
        self.count("h2", self.fetch(session, self.urls("nhw", 8)))
        return True

    def many(self, session):
        """Twice the same names."""
        urls = self.urls("grkvst", 14)
        self.count("many", self.fetch(session, urls))
        self.count("many", self.fetch(session, urls + self.urls("s", 1, "/reset")))
        return False

    def idle(self, session, often="htw", seldom="gs"):
        """Preconnects, most of them for nothing."""
        urls = self.urls(often, 8) + self.urls(seldom, 2)
        self.browser.run(session, PRECONNECT % json.dumps(urls), False).result(timeout=60)
        self.count("idle", self.fetch(session, urls[:2]))
        time.sleep(self.random.uniform(0, 4))
        return False

    def few(self, session):
        """The same with the servers of `h2` and `post` only."""
        return self.idle(session, "hw", "rv")

    def leave(self, session):
        """Closed in the middle."""
        self.fetch(session, self.urls("n", 2, "/slow") + self.urls("t", 6, "/slow") + self.urls("s", 2, "/slow"))
        time.sleep(self.random.uniform(0, 0.9))
        return False

    def abort(self, session):
        """Given up before the server has answered the ClientHello, most of them."""
        self.fetch(session, self.urls("s", 10, port=":8443"), [self.random.randrange(10, 400) for _ in range(10)])
        time.sleep(self.random.uniform(0.1, 0.4))
        return False

    def post(self, session):
        """Post-quantum hellos, answered as such."""
        self.count("post", self.fetch(session, self.urls("rv", 6)))
        return False


def trust():
    """Makes Chromium believe the CA."""
    database = os.path.join(os.environ["HOME"], ".pki/nssdb")
    os.makedirs(database, exist_ok=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-n", "lab", "-t", "C,,", "-i", "ca.pem"]):
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True)


def main(seed, *kinds):
    """All visits in random order, three at a time."""
    trust()
    browser = Browser()
    visits = Visits(browser, seed)
    plan = [kind for part in kinds for kind in [part.split("=")[0]] * int(part.split("=")[1])]
    visits.random.shuffle(plan)
    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(visits.visit, plan))
        time.sleep(6)  # until servers have given up what nobody uses
    finally:
        browser.close()
    for kind, sums in sorted(visits.sums.items()):
        print(f"{kind}: " + ", ".join(f"{count} {word}" for word, count in sums.items()))
    print(f"{len(plan)} visits made")


main(*sys.argv[1:])
