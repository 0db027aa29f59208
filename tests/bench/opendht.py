#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Look-ups of the directory where records are placed beside those of the DHT of Debian's libopendht: as many nodes, values, look-ups
and lost datagrams, in one sitting.

usage: opendht.py [--build DIR] [--look-ups N]       needs root; Debian packages libopendht-dev and nftables

Muster's are in virtual time (placement_bench.cpp: 1 ms for each datagram), OpenDHT's on the clock, over the loopback of a namespace
in which the kernel drops datagrams. All nodes know each other, or have joined, before anything is lost; then values are put and looked
up. OpenDHT signs nothing; each keeps as many copies as it thinks right (8; 20), and a look-up of what the asker holds counts too.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NODES, VALUES = 64, 200
UNDER_WAY = {True: 64, False: 8}  # of OpenDHT's look-ups, where its timers decide and where this machine does
# What, Muster's bench, loss and deaths in percent.
CASES = [("no loss", "LookUp/0", 0, 0), ("30 % lost", "LookUp/30", 30, 0), ("50 % lost", "LookUp/50", 50, 0),
         ("50 % lost, half just died", "LookUpAfterDisaster/50", 50, 50)]
FIGURES = [("found", "found", 100, "{:.1f} %"), ("p50", "p50_ms", 1, "{:,.0f} ms"), ("p95", "p95_ms", 1, "{:,.0f} ms"),
           ("p99", "p99_ms", 1, "{:,.0f} ms"), ("longest", "max_ms", 1, "{:,.0f} ms"), ("packets", "packets", 1, "{:.1f}"),
           ("octets", "octets", 1, "{:,.0f}")]


def fail(sentence):
    print(f"opendht: {sentence}", file=sys.stderr)
    sys.exit(1)


def of_muster(build):
    names = "|".join(case[1] for case in CASES)
    done = subprocess.run([build / "tests/muster_bench", f"--benchmark_filter=^({names})/", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True)
    return {run["name"].removesuffix("/iterations:1"): run for run in json.loads(done.stdout)["benchmarks"]}


def of_opendht(program, look_ups, loss, dead):
    with tempfile.TemporaryDirectory(prefix="opendht-") as directory:
        inside = f"ip link set lo up && ip addr add 10.77.0.1/16 dev lo && exec {program} {NODES} {VALUES} {look_ups} {UNDER_WAY[loss > 0]} {loss} {dead}"
        done = subprocess.run(["unshare", "--net", "--kill-child", "sh", "-c", inside], cwd=directory, capture_output=True, text=True,
                              timeout=600)
    if done.returncode != 0:
        fail(f"its nodes did not come to an end: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def ratio(ours, theirs, name):
    if name == "found" or not ours or not theirs:
        return ""
    return f"{theirs / ours:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    parser.add_argument("--look-ups", type=int, default=1000)
    options = parser.parse_args()
    build = options.build.resolve()
    program = build / "tests/opendht_lookups"
    absent = [package for package, there in {"libopendht-dev": program.exists(), "nftables": shutil.which("nft"),
                                             "iproute2": shutil.which("ip")}.items() if not there]
    if absent:
        fail(f"{' and '.join(absent)} missing: apt-get install {' '.join(absent)}, then call ./run bench opendht again")
    if os.geteuid() != 0:
        fail("not root: the namespace of its nodes is made by root; call it with sudo")
    muster = of_muster(build)
    print("| case | figure | Muster | OpenDHT | ratio |\n|---|---|---|---|---|")
    for what, bench, loss, dead in CASES:
        ours, theirs = muster[bench], of_opendht(program, options.look_ups, loss, dead)
        for figure, key, factor, form in FIGURES:
            print(f"| {what} | {figure} | {form.format(ours[key] * factor)} | {form.format(theirs[key] * factor)} | "
                  f"{ratio(ours[key], theirs[key], figure)} |")
        print(f"| {what} | told that there is none, of {options.look_ups:,} | {ours['absent']:.0f} | {theirs['absent']} | |", flush=True)
    return 0


sys.exit(main())
