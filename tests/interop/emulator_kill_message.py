#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of every node between the acceptance of a message and its delivery: nothing accepted is lost, and the air
never shows who wrote what."""
import sys

from emulator_support import ROOT, Emulation, build_directory, found_in_the_clear, names_in_the_clear, require


def main():
    build = build_directory()
    require(build)
    with Emulation(build, ROOT / "sim/scenarios/kill-after-accept.toml") as world:
        world.process.wait(150)
        print(world.output())
        assert world.process.returncode == 0, "the scenario's expectations"
        messages = world.report()["messages"]
        assert messages["accepted"] == 2 and messages["delivered"] == 2, messages
        assert messages["out_of_order"] == 0, messages
        kills = [event["t"] for event in world.events("kill")]
        shown = [event["t"] for event in world.events("message_shown")]
        assert min(shown) > max(kills), "the messages were still on their way when the nodes were killed"
        found = found_in_the_clear(world.capture, names_in_the_clear(["alice", "bob", "carol"]) + [b"the bridge is gone", b"take the ford"])
        assert not found, f"readable on the air: {found}"
    return 0


sys.exit(main())
