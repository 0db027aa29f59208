#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The disk of a running node is copied, and the copy is switched on later on another machine: the alarm is raised, whether the two
hear each other or only a third between them."""
import shutil
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until


def log_lines(machine):
    return [line for line in machine.log("musterd.log").splitlines() if "cloned identity" in line]


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip",))
    with Ethernet(build, ["host-1", "host-2", "copy"]) as (first, second, copy):
        provision(first, "drill.example", {"host-1": ["alice"], "host-2": ["dave"]})
        nodes = []
        for machine in (first, second):
            install_kit(first, machine, machine.name)
            settings(machine)
            nodes.append(Node(machine).wait())
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 20)
        check("no alarm without a copy", not log_lines(first) and not log_lines(second))

        check("host-1 stops for the copy", nodes[0].stop() == 0)
        shutil.copytree(first.home / "var-lib/muster", copy.home / "var-lib/muster",
                        ignore=shutil.ignore_patterns("control.sock*"))
        nodes[0] = Node(first).wait()
        wait_until("host-1 is back", lambda: sees(first), 20)
        settings(copy)
        nodes.append(Node(copy).wait())
        wait_until("one of the two that share a name raises the alarm", lambda: log_lines(first) or log_lines(copy), 20)
        alarmed = first if log_lines(first) else copy
        check("it names the node and what to look for", "host-1" in log_lines(alarmed)[0] and "copy of its disk" in log_lines(alarmed)[0],
              log_lines(alarmed)[0])
        done = alarmed.run("muster", "doctor", "--config", "musterd.toml", good=False)
        check("the doctor fails, and says what to do",
              done.returncode == 1 and ("another machine on a link says that it is this node" in done.stdout or
                                    "another node writes with the identity of one of ours" in done.stdout), done.stdout)
        check("all stop when told", [node.stop() for node in nodes] == [0, 0, 0])
    return 0


sys.exit(main())
