#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at the one moment that no care can cover: a phone has been shown a message, and its node dies before it could write that
down. The message is shown again, since nobody can know better, and carries the same identifiers, so that the phone can; also
when the node that keeps it dies as well. Once the answer is written down, no death brings it back."""
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until
from scripted_phone import ScriptedPhone

DOMAIN = "drill.example"
# The first attempt is given up 32 s after it began (timer F); the next follows when the recipient is reachable.
SHOWN_AGAIN_S = 60


class FragileWorld:
    def __init__(self, first, second, passwords):
        self.first, self.second = first, second
        self.nodes = {machine.name: Node(machine) for machine in (first, second)}
        for node in self.nodes.values():
            node.wait()
        self.alice = ScriptedPhone(first, "alice", passwords["alice"], DOMAIN)
        self.dave = ScriptedPhone(second, "dave", passwords["dave"], DOMAIN)
        self.meet()

    def meet(self):
        wait_until("the nodes see each other", lambda: sees(self.first) and sees(self.second), 20)
        for phone in (self.alice, self.dave):
            phone.register()
        wait_until("host-1 knows where dave is", lambda: self.first.ask("status")["users"] == 2, 20)

    def again(self, *machines):
        for machine in machines:
            self.nodes[machine.name].kill()
        for machine in machines:
            self.nodes[machine.name] = Node(machine).wait()
        self.meet()


def shown(phone, text):
    return [request.identifiers() for request in phone.shown if request.body.decode() == text]


def die_while_shown(world, text, also_origin):
    world.dave.before_answer = world.nodes["host-2"].kill
    answer = world.alice.message("dave", text)
    world.dave.before_answer = None
    check("the sender is told that it is kept", answer.status == 202, answer.start)
    check("though dave has been shown it", len(shown(world.dave, text)) == 1)
    world.again(*([world.first] if also_origin else []), world.second)
    wait_until("it is shown again", lambda: len(shown(world.dave, text)) == 2, SHOWN_AGAIN_S)
    identifiers = shown(world.dave, text)
    check("with the same identifiers", len(set(identifiers)) == 1, identifiers[0])
    wait_until("and is delivered", lambda: world.first.ask("status")["messages_waiting"] == 0, 20)
    branches = {request.branch() for request in world.dave.shown if request.body.decode() == text}
    check("in a transaction of its own", len(branches) == 2)


def die_afterwards(world, text):
    answer = world.alice.message("dave", text)
    check("an answered message", answer.status == 200, answer.start)
    world.again(world.first, world.second)
    before = len(world.dave.shown)
    mark = world.alice.message("dave", f"after {text}")
    check("after the death of both nodes the next one is shown", mark.status == 200 and len(world.dave.shown) == before + 1)
    check("and the answered one is not", len(shown(world.dave, text)) == 1)


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip",))
    with Ethernet(build, ["host-1", "host-2"]) as (first, second):
        passwords = provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        for machine in (first, second):
            install_kit(first, machine, machine.name)
            settings(machine)
        world = FragileWorld(first, second, passwords)
        die_while_shown(world, "the ford is open", also_origin=False)
        die_while_shown(world, "the ford is closed", also_origin=True)
        die_afterwards(world, "come home")
        check("nothing was shown that was not written", set(world.dave.texts()) == {
            "the ford is open", "the ford is closed", "come home", "after come home"})
        check("both nodes stop when told", [node.stop() for node in world.nodes.values()] == [0, 0])
    return 0


sys.exit(main())
