#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: four nodes in a row on a radio that loses every fifth frame, and two ordinary SIP phones, alice's at one
end and dave's at the other. They call, write, lose each other and come back. Then what they heard, and what a
listener on the radio could read, is checked.

usage: demo.py --build DIR [--keep] [--as-test]
"""
import argparse
import os
import signal
import sys
import time
import tomllib
from pathlib import Path

from emulator_support import ROOT, Emulation, found_in_the_clear, missing, names_in_the_clear, tone_windows

SCENARIO = ROOT / "sim/scenarios/chain-of-four.toml"
# Which phone must have heard which tone: the other one's.
HEARS = {"alice": 880, "dave": 440}
SHARE_OF_TONE = 0.9


def heard_tone(world, user, hz, talk):
    """(good, sentence) about the user's longest recording. baresip records what arrives: what got lost is missing from the
    recording's length, so the tone is measured against the talk."""
    recordings = world.recordings(user)
    tone = max((sum(tone_windows(path, hz)) / 10 for path in recordings), default=0.0)
    stray = max((sum(tone_windows(path, other)) / 10 for path in recordings for other in HEARS.values() if other != hz), default=0.0)
    return tone >= SHARE_OF_TONE * talk and stray == 0, f"{user} heard the other side's {hz} Hz for {tone:.1f} of {talk:.1f} s"


def nothing_readable(world, scenario):
    texts = [event["text"].encode() for event in scenario["event"] if event["do"] == "message"]
    words = names_in_the_clear(["alice", "bob", "carol", "dave"]) + texts
    found = found_in_the_clear(world.capture, words)
    return not found, f"in the clear on the air: {', '.join(map(repr, found)) or 'no name, address or text'}"


def what_must_hold(world, scenario):
    report = world.report()
    yield report["verdict"] == "passed", f"the scenario's expectations: {report['verdict']}"
    talk = world.talk_seconds()
    yield talk > 15, f"the talk lasted {talk:.1f} s"
    for user, hz in HEARS.items():
        yield heard_tone(world, user, hz, talk)
    yield nothing_readable(world, scenario)


def judge(world, scenario):
    print("\nWhat was heard and what could be overheard:")
    held = True
    for good, sentence in what_must_hold(world, scenario):
        print(f"  {'held  ' if good else 'FAILED'}  {sentence}")
        held = held and good
    print("\nThe demo", "held." if held else "FAILED.", flush=True)
    return held


def run(build, keep):
    scenario = tomllib.loads(SCENARIO.read_text())
    options = ["--keep"] if keep else []
    with Emulation(build, SCENARIO, *options, echo=True) as world:
        while world.process.poll() is None and not (keep and world.report_file.exists()):
            time.sleep(0.1)
        if not world.report_file.exists():
            print("\nThe demo FAILED: no report was made.")
            return False
        held = judge(world, scenario)
        if keep:
            world.process.wait()
        return held


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=os.environ.get("MUSTER_BUILD", ROOT / "build/release"))
    parser.add_argument("--keep", action="store_true", help="leave it running afterwards and say what to try")
    parser.add_argument("--as-test", action="store_true", help="exit code 77 where it cannot run")
    options = parser.parse_args()
    reason = missing()
    build = Path(options.build).resolve()
    for program in ("muster-sim", "musterd", "muster"):
        if not reason and not os.access(build / program, os.X_OK):
            reason = f"{build / program} is missing; ./run build"
    if reason:
        print(f"demo: {reason}")
        return 77 if options.as_test else 1
    if options.keep:
        # Ctrl-C is for muster-sim, which tidies up; we wait for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return 0 if run(build, options.keep) else 1


sys.exit(main())
