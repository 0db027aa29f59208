#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`muster emulate FILE --keep`: the run goes on after its scenario, takes typed orders, says what it does not understand, and
Ctrl-C ends it and removes everything."""
import signal
import subprocess
import sys

from emulator_support import Emulation, build_directory, require
from machines import check, wait_until

SCENARIO = """
[scenario]
name = "keep"
duration = "5s"
[medium]
kind = "matrix"
bitrate = "6Mbit/s"
mtu = 1400
delay = "3ms"
[hosts]
count = 2
layout = "chain"
users_per_host = 1
[[expect]]
metric = "messages.lost"
equals = 0
"""


def namespaces(run):
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    return [name for name in names if name.startswith(f"{run}-")]


def main():
    build = build_directory()
    require(build)
    with Emulation(build, SCENARIO, "--keep", program=("muster", "emulate"), typed=True) as world:
        run = world.wait_for("built")["run"]
        wait_until("it says that it keeps running", lambda: "It keeps running" in world.output(), 60)
        check("the scenario was judged before", world.report()["verdict"] == "passed")

        world.type_in("dance")
        wait_until("to what is no order it says what can be typed", lambda: "\nwrite: call" in world.output(), 10)
        world.type_in("message alice bob are you there")
        shown = world.wait_for("message_shown")
        check("a typed message is sent and shown", (shown["from"], shown["to"], shown["message"]) == ("alice", "bob", "are you there"))
        world.type_in("call bob alice 2s")
        ended = world.wait_for("call_ended")
        check("a typed call is made and hung up", (ended["from"], ended["to"]) == ("bob", "alice"))

        check("both hosts are there", len(namespaces(run)) == 2)
        world.process.send_signal(signal.SIGINT)
        check("Ctrl-C ends it, and all is well", world.process.wait(20) == 0, world.output()[-500:])
        wait_until("its namespaces are gone", lambda: not namespaces(run), 10)
        left = subprocess.run(["pgrep", "-f", str(world.run_directory)], capture_output=True, text=True).stdout.split()
        check("and so are its programs", not left, left)
    return 0


sys.exit(main())
