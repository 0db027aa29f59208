#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of a relay in the middle of a call: the call goes on over the other one."""
import sys

from emulator_support import ROOT, Emulation, build_directory, require, tone_windows

SILENCE_MAX_S = 10.0


def longest_silence(windows):
    longest = run = 0
    for heard in windows:
        run = 0 if heard else run + 1
        longest = max(longest, run)
    return longest / 10


def main():
    build = build_directory()
    require(build)
    with Emulation(build, ROOT / "sim/scenarios/kill-middle-of-call.toml") as world:
        world.process.wait(150)
        print(world.output())
        assert world.process.returncode == 0, "the scenario's expectations"
        for user, hz in (("alice", 880), ("dave", 440)):
            windows = max((tone_windows(path, hz) for path in world.recordings(user)), key=len, default=[])
            gap = longest_silence(windows)
            print(f"{user}: {len(windows) / 10:.1f} s recorded, {sum(windows) / 10:.1f} s of tone, longest silence {gap:.1f} s")
            assert sum(windows) >= 200, f"{user} heard the other side for 20 s at least"
            assert gap <= SILENCE_MAX_S, f"{user} heard nothing for {gap:.1f} s"
            assert sum(windows[-30:]) >= 15, f"{user} still heard the other side at the end"
    return 0


sys.exit(main())
