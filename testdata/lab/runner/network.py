"""Three network namespaces in a row, and what is started in them.

    client 192.0.2.10-17, 2001:db8:1::10  --- router ---  server 198.51.100.10-19, 2001:db8:2::10
                                    (wire or switches)

Links are veth pairs with an MTU of 1500 and no offloads, so that packets look as on a wire. A `[wire]` of the scenario stands between
client and router (`programs/wire.py`): it makes distance, loses, delays and forges. `switches = VLAN` puts two switches there.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from runner import programs

NODES = ("client", "router", "server")
OFF = "tso off gso off gro off tx off rx off"
NAMES = {
    "198.51.100.10": "www.example.com shop.example.com api.example.com static.example.com blocked.example.com",
    "198.51.100.11": "b.example.com", "198.51.100.12": "c.example.com", "198.51.100.13": "d.example.com",
    "198.51.100.14": "e.example.com", "198.51.100.15": "f.example.com", "198.51.100.16": "g.example.com",
    "198.51.100.17": "h.example.com", "198.51.100.18": "i.example.com", "198.51.100.19": "j.example.com",
    "2001:db8:2::10": "six.example.com",
}


class Mismatch(Exception):
    """The programs did not do what the scenario says."""


def sh(command):
    """Runs a shell command of the set-up; its failure ends the recording."""
    done = subprocess.run(command, shell=True, text=True, capture_output=True, timeout=60, check=False, env={"PATH": programs.PATH})
    if done.returncode != 0:
        raise Mismatch(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


def quote(text):
    """For a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def stop(process, first=signal.SIGTERM):
    """Ends a process and all that it started."""
    for number in (first, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


class Lab:
    """The namespaces, a temporary folder and the processes started; `close` removes them all."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.prefix = f"tlscap-{os.getpid()}-"
        self.dir = tempfile.mkdtemp(prefix="tlscap-lab-")
        os.chmod(self.dir, 0o755)
        self.started = []

    def text(self, value):
        """With the folders put in: @DIR@ is the temporary one."""
        return programs.place(value.replace("@DIR@", self.dir))

    def hide(self, value):
        """The inverse, for what a page quotes."""
        return value.replace(self.dir, "@DIR@").replace(programs.BUILT, "@BUILT@").replace(programs.LAB, "@LAB@")

    def ns(self, node, command):
        """The argument vector that runs a shell command in a node."""
        return ["ip", "netns", "exec", self.prefix + node, "sh", "-c", self.text(command)]

    def inside(self, node, command):
        """Runs a command of the set-up in a node."""
        return sh(" ".join(["ip", "netns", "exec", self.prefix + node, "sh", "-c", quote(self.text(command))]))

    def build(self):
        """Makes all of it."""
        hosts = "127.0.0.1 localhost\n" + "".join(f"{ip} {names}\n" for ip, names in NAMES.items())
        for node in NODES:
            etc = f"/etc/netns/{self.prefix}{node}"
            os.makedirs(etc)
            with open(f"{etc}/hosts", "w", encoding="utf-8") as file:
                file.write(hosts)
            sh(f"ip netns add {self.prefix}{node}")
            self.inside(node, "ip link set lo up; sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
        self.pair("client", "c0", "rc", "192.0.2", "2001:db8:1", range(10, 18))
        self.pair("server", "s0", "rs", "198.51.100", "2001:db8:2", range(10, 20))
        self.inside("router", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        if "switches" in self.scenario:
            self.switch(self.scenario["switches"])
        # Number and spacing of SYN retransmissions as RFC 6298 has them, on every kernel: 1, 2, 4 seconds.
        self.inside("client", "sysctl -qw net.ipv4.tcp_syn_linear_timeouts=0 2>/dev/null || true")

    def wire(self):
        """Puts `programs/wire.py` between client and router, if the scenario has one. After the certificates, which it may read."""
        if "wire" not in self.scenario:
            return
        with open(f"{self.dir}/wire.json", "w", encoding="utf-8") as file:
            json.dump(self.scenario["wire"], file)
        self.split_link("near", "far", 1500)
        self.start("router", "@LAB@/programs/wire.py near far wire.json", "wire")
        time.sleep(0.4)

    def pair(self, node, near, far, v4, v6, hosts):
        """Joins a node and the router: addresses, IPv4 and IPv6 routes."""
        self.veth(self.prefix + node, near, self.prefix + "router", far, 1500)
        for host in hosts:
            self.inside(node, f"ip addr add {v4}.{host}/24 dev {near}")
        self.inside(node, f"ip -6 addr add {v6}::10/64 dev {near} nodad")
        self.inside("router", f"ip addr add {v4}.1/24 dev {far}; ip -6 addr add {v6}::1/64 dev {far} nodad")
        self.inside(node, f"ip route add default via {v4}.1; ip -6 route add default via {v6}::1")

    @staticmethod
    def veth(one, near, other, far, mtu):
        """A link between two namespaces: no offloads, up."""
        sh(f"ip link add name {near} netns {one} type veth peer name {far} netns {other}")
        for where, name in ((one, near), (other, far)):
            sh(f"ip netns exec {where} sh -c 'ethtool -K {name} {OFF}; ip link set {name} up mtu {mtu}'")

    def split_link(self, near, far, mtu):
        """Cuts the link between client and router open: its old end becomes `near`, and `far` leads to the router's new `rc`."""
        router = self.prefix + "router"
        self.inside("router", f"ip link set rc down; ip addr flush dev rc; ip link set rc name {near}; ip link set {near} up")
        self.veth(router, far, router, "rc", mtu)
        for name in (near, far):  # mere ports: the router must neither answer ARP there nor forward what it hears there
            self.inside("router", f"sysctl -qw net.ipv6.conf.{name}.disable_ipv6=1 net.ipv4.conf.{name}.arp_ignore=8 net.ipv4.conf.{name}.forwarding=0")
        self.inside("router", "ip addr add 192.0.2.1/24 dev rc; ip -6 addr add 2001:db8:1::1/64 dev rc nodad")

    def switch(self, vlan):
        """Two switches, joined by a trunk, between client and router."""
        router = self.prefix + "router"
        self.split_link("access1", "access2", 1500)
        self.veth(router, "trunk1", router, "trunk2", 1504)
        for number in (1, 2):
            self.start("router", f"@LAB@/programs/switch.py access{number} trunk{number} {vlan}", f"switch{number}")
        time.sleep(0.5)

    def certificates(self):
        """ca.pem; rsa.pem, ec.pem, big.pem (key and chain in one file), self.pem, client.pem."""
        sh(f"cd {self.dir} && sh {programs.LAB}/programs/certificates.sh")

    def environment(self):
        """What programs see of the environment: nothing of the caller's."""
        return {"PATH": programs.PATH, "LC_ALL": "C.UTF-8", "HOME": self.dir}

    def start(self, node, command, log):
        """Starts a program that stays; its output goes to LOG.log."""
        with open(f"{self.dir}/{log}.log", "ab") as out:
            process = subprocess.Popen(self.ns(node, "exec " + command), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                       start_new_session=True, cwd=self.dir, env=self.environment())
        self.started.append(process)
        return process

    def wait_for(self, node, sockets, process):
        """Waits until something listens on each of them, as long as the program is there."""
        for socket in sockets.split():
            end = time.monotonic() + 30
            while not re.search(rf"\s{re.escape(socket)}\s", self.inside(node, "ss -Htln")):
                if process.poll() is not None and process.returncode != 0:
                    raise Mismatch(f"the program for {socket} in {node} ended with status {process.returncode}\n" + self.logs())
                if time.monotonic() > end:
                    raise Mismatch(f"nothing listens on {socket} in {node}\n" + self.logs())
                time.sleep(0.05)

    def logs(self):
        """The ends of all logs, for a message."""
        text = ""
        for name in sorted(os.listdir(self.dir)):
            if name.endswith(".log") and name != "certificates.log":
                with open(f"{self.dir}/{name}", encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n" + "".join(file.readlines()[-30:])
        return text

    def close(self):
        """Removes what was made."""
        for process in self.started:
            stop(process)
        for node in NODES:
            name = self.prefix + node
            pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
            for pid in pids.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
        try:
            os.rmdir("/etc/netns")  # ours only if nothing else is in it
        except OSError:
            pass
        shutil.rmtree(self.dir, ignore_errors=True)
