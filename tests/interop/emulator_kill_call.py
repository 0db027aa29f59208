#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the relay that carries a call: the call goes on over the other one."""
import sys

from emulator_support import ROOT, Emulation, build_directory, require, tone_windows

# A neighbour is given up after 5 to 8 s of silence; then the routes change at once.
MISSING_MAX_S = 10.0


def relay(world, build):
    return next(route["next_hop_name"] for route in world.ask(build, "host-1", "routes") if route["name"] == "host-4")


def main():
    build = build_directory()
    require(build)
    with Emulation(build, ROOT / "sim/scenarios/kill-middle-of-call.toml") as world:
        world.wait_for("established", 60)
        assert relay(world, build) == "host-2", "host-2 carries the call before it is killed"
        killed = world.wait_for("kill", 60)["t"]
        world.wait_for("converged", 20, lambda event: event["t"] > killed)
        assert relay(world, build) == "host-3", "host-3 carries the call afterwards"
        world.process.wait(100)
        print(world.output())
        assert world.process.returncode == 0, "the scenario's expectations"
        talk = world.talk_seconds()
        assert talk > 39, f"the talk lasted {talk:.1f} s"
        for user, hz in (("alice", 880), ("dave", 440)):
            # What is lost is missing from the recording: baresip records what arrives.
            tone = max((sum(tone_windows(path, hz)) / 10 for path in world.recordings(user)), default=0.0)
            print(f"{user} heard the other side for {tone:.1f} of {talk:.1f} s")
            assert talk - tone <= MISSING_MAX_S, f"{user} missed {talk - tone:.1f} s"
    return 0


sys.exit(main())
