#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One scenario in both worlds: real daemons and phones over the live medium, and the simulator. A chain of four, every fifth frame
lost; calls and messages from end to end must be delivered alike and set up as fast, each within 10 %.

The simulator's phones take no time, real ones do: how much is measured where there is no network between them, at one node of
the same machine in the same session, and taken off.

The emulator's run is one sample; the simulator's is taken from so many seeds that it has no error of its own worth speaking of.
With fewer calls the sample says less: then the bound is 10 % and what chance explains, three standard deviations of the figure as
the seeds scatter it.

usage: simulator_agrees.py [--calls N] [--messages N]     200 of each is the full comparison, some seven minutes
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from emulator_support import build_directory, require

SCENARIO = """
[scenario]
name = "two-worlds"
duration = "{duration}s"
[medium]
kind = "matrix"
bitrate = "6Mbit/s"
mtu = 1400
delay = "3ms"
loss = {{ rate = 0.20 }}
[hosts]
count = 4
layout = "chain"
users_per_host = 2
[workload]
start = "15s"
stop = "{stop}s"
calls = {{ total = {calls}, pattern = "ends", talk = "1s" }}
messages = {{ total = {messages}, pattern = "any_to_any", payload_bytes = 100 }}
"""
AT_ONE_NODE = """
[scenario]
name = "one-node"
duration = "{duration}s"
[medium]
kind = "matrix"
bitrate = "6Mbit/s"
mtu = 1400
[hosts]
count = 1
users_per_host = 2
[workload]
start = "5s"
stop = "{stop}s"
calls = {{ total = {calls}, pattern = "any_to_any", talk = "1s" }}
"""
SECONDS_PER_CALL = 2.0
CALLS_AT_ONE_NODE = 15
SIMULATED_CALLS = 800
ALLOWED = 0.10


def last_line(program, *words):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        done = subprocess.run([program, *words, "--out", out], capture_output=True, text=True)
        if not out.exists():
            sys.exit(f"{program.name} {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return json.loads(out.read_text().splitlines()[-1])


def emulated(build, scenario, text):
    scenario.write_text(text)
    report = last_line(build / "muster-sim", "emulate", scenario)
    if report["verdict"] == "invalid":
        print("skipped: " + report["invalid"])
        sys.exit(77)
    return report


def at(report, path):
    for word in path.split("."):
        report = report[word]
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--messages", type=int, default=20)
    options = parser.parse_args()
    build = build_directory()
    require(build)
    stop = 15 + options.calls * SECONDS_PER_CALL
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "two-worlds.toml"
        one_stop = 5 + CALLS_AT_ONE_NODE * SECONDS_PER_CALL
        alone = emulated(build, scenario, AT_ONE_NODE.format(duration=one_stop + 3, stop=one_stop, calls=CALLS_AT_ONE_NODE))
        phones_ms = alone["calls"]["setup"]["p50"]
        print(f"real phones at one node take {phones_ms:.1f} ms (p50 of {CALLS_AT_ONE_NODE} calls)")
        live = emulated(build, scenario, SCENARIO.format(duration=stop + 20, stop=stop, calls=options.calls,
                                                         messages=options.messages))
        simulated = [last_line(build / "muster-sim", "run", scenario, "--seed", str(seed)) for seed in range(max(8, SIMULATED_CALLS // options.calls))]

    held = True
    for path in ("calls.success_ratio", "messages.delivery_ratio", "calls.setup.p50", "calls.setup.p95"):
        by_seed = [at(report, path) for report in simulated]
        real, model = at(live, path) - (phones_ms if "setup" in path else 0), statistics.mean(by_seed)
        allowed = ALLOWED
        if "setup" in path and options.calls < 200:
            allowed += 3 * statistics.stdev(by_seed) / model
        off = abs(real - model) / max(model, 1e-9)
        held = held and off <= allowed
        print(f"{'held  ' if off <= allowed else 'FAILED'}  {path}: emulated {real:.3f}, simulated {model:.3f}, "
              f"{off * 100:.1f} % apart, {allowed * 100:.0f} % allowed")
    late = live["medium"]
    print(f"the live medium was late by {late['late_mean_ms']:.2f} ms on average, {late['late_p99_ms']:.2f} ms at p99")
    return 0 if held else 1


sys.exit(main())
