#!/usr/bin/env bash
# How many packets a second tlscap takes live without a drop, beside tcpdump, on a veth pair of its own. As root.
#
#     cargo build --release --locked --benches && benches/live.sh handshakes 10000    # or bulk 60, mixed 20000
#
# Prints one line a run: what the sender sent with which processor time, what was taken and dropped, processor time of the taker
# (user and system, in 100ths of a second), and its peak of memory with the kernel's buffer of 64 MiB in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-handshakes} count=${2:-10000} seconds=${3:-5}
built() { find target/release/deps -maxdepth 1 -name "$1-*" -type f -perm -1 -printf '%T@ %p\n' | sort -rn | head -1 | cut -d' ' -f2; }
send=$(built send) generate=$(built generate)
here=$(mktemp -d)
chmod 777 "$here"
trap 'ip link del tcbench0 2>/dev/null || true; rm -rf "$here"' EXIT
"$generate" "$kind" "$count" "$here/f.pcap"
ip link add tcbench0 mtu 9000 type veth peer name tcbench1 mtu 9000
for name in tcbench0 tcbench1; do
    sysctl -qw "net.ipv6.conf.$name.disable_ipv6=1"
    ip link set "$name" arp off up
done

run() {
    local program=$1 rate=$2 pid said
    case $program in
    tlscap) target/release/tlscap monitor -i tcbench1 --format ndjson -o "$here/out" & ;;
    tcpdump) tcpdump -i tcbench1 -B 65536 -w /dev/null 2>"$here/out" & ;;
    esac
    pid=$!
    sleep 1
    said=$("$send" replay tcbench0 "$rate" "$seconds" "$here/f.pcap")
    sleep 1
    local time peak
    time=$(cut -d' ' -f14,15 "/proc/$pid/stat")
    peak=$(grep -oE 'VmHWM:.*' "/proc/$pid/status" | tr -s '\t ' ' ')
    kill -INT "$pid"
    wait "$pid" 2>/dev/null || true
    case $program in
    tlscap) taken=$(tail -1 "$here/out" | python3 -c 'import json,sys; s=json.load(sys.stdin); print(s["packets"], "taken,", s["dropped"]["kernel"], "dropped")') ;;
    tcpdump) taken=$(grep -E 'captured|dropped by kernel' "$here/out" | tr '\n' ' ') ;;
    esac
    rm -f "$here/out"
    printf '%-8s %s | %s| CPU %s | %s\n' "$program" "$said" "$taken " "$time" "$peak"
}

for rate in 100000 200000 400000 0; do
    run tlscap "$rate"
    run tcpdump "$rate"
done
