#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Muster over a mesh that routes IP already: four machines on one radio channel, of which the two with a node do not hear each
other; the two between them run real babeld and nothing of ours. The nodes name each other in discovery.peers. A call goes on
when the relay in use loses its power and babeld finds the way over the other."""
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until
from scripted_phone import ScriptedPhone, wait_for_voice

DOMAIN = "drill.example"
HELLO_S = 1
LINK_PORT = 7077


class Radio(Ethernet):
    """Relays hear all; whoever is no relay hears relays only, and has no way on its own to an address it does not hear."""

    def plug_in(self, machine, interface="wlan0"):
        super().plug_in(machine, interface)
        machine.run("ip", "addr", "flush", "dev", interface, "scope", "global")
        machine.run("ip", "addr", "add", f"{machine.address}/32", "dev", interface)
        machine.run("sysctl", "-qw", "net.ipv4.conf.all.send_redirects=0", f"net.ipv4.conf.{interface}.send_redirects=0",
                    "net.ipv4.conf.all.accept_redirects=0", f"net.ipv4.conf.{interface}.accept_redirects=0")
        if machine.name.startswith("relay"):
            machine.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        else:
            self.switch.run("bridge", "link", "set", "dev", f"p-{machine.name}", "isolated", "on")


def start_babeld(machine):
    return machine.start("babeld", "-I", machine.home / "babeld.pid", "-S", machine.home / "babeld.state", "-h", HELLO_S, "-H", HELLO_S,
                         "-w", "-C", f"redistribute local ip {machine.address}/32 allow", "-C", "redistribute local deny", "wlan0",
                         log="babeld.log")


def way(machine, to):
    """The address of the relay over which `machine` reaches `to`, as its kernel says; None if it does not."""
    done = machine.run("ip", "route", "get", to.address, good=False)
    words = done.stdout.split()
    return words[words.index("via") + 1] if done.returncode == 0 and "via" in words else None


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "bridge", "babeld"))
    radio = Radio(build, ["host-1", "relay-1", "relay-2", "host-2"])
    with radio as (first, relay_1, relay_2, second):
        relays = {relay.address: (relay, start_babeld(relay)) for relay in (relay_1, relay_2)}
        for host in (first, second):
            start_babeld(host)
        for one, other in ((first, second), (second, first)):
            wait_until(f"babeld of {one.name} knows a way to {other.name}", lambda: way(one, other), 60)
        check("the two hosts reach each other over a relay", way(first, second) in relays, way(first, second))

        passwords = provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        for one, other in ((first, second), (second, first)):
            install_kit(first, one, one.name)
            settings(one, extra=f'[discovery]\npeers = ["{other.address}:{LINK_PORT}"]\n')
        nodes = [Node(machine) for machine in (first, second)]
        for node in nodes:
            node.wait()
        wait_until("the nodes see each other over babeld's mesh", lambda: sees(first) and sees(second), 30)
        for one, other in ((first, second), (second, first)):
            paths = [peer["address"] for peer in one.ask("peers")]
            check(f"{one.name}'s only neighbour is {other.name}, at the address that babeld brings it to",
                  paths == [f"{other.address}:{LINK_PORT}"], paths)

        alice = ScriptedPhone(first, "alice", passwords["alice"], DOMAIN)
        dave = ScriptedPhone(second, "dave", passwords["dave"], DOMAIN)
        alice.register()
        dave.register()
        wait_until("host-1 knows where dave is", lambda: first.ask("status")["users"] == 2, 20)
        answer = alice.message("dave", "over somebody else's mesh")
        check("a message arrives", answer.status == 200 and "over somebody else's mesh" in dave.texts(), answer.start)
        call = alice.call("dave")
        check("alice calls dave", hasattr(call, "call_id"), call.call_id if hasattr(call, "call_id") else call)
        calls = [call, dave.calls[call.call_id]]
        wait_for_voice("the call over the relay", *calls)

        used = way(first, second)
        relay, babeld = relays[used]
        babeld.kill()
        radio.pull_out(relay)
        wait_until("babeld has found the other way, both ways",
                   lambda: None not in (ways := (way(first, second), way(second, first))) and used not in ways, 90)
        wait_for_voice("the call over the other relay", *calls)
        check("the call goes on over the other relay", not any(call.over.is_set() for call in calls), way(first, second))
        answer = dave.message("alice", "still here")
        check("messages too", answer.status == 200 and "still here" in alice.texts(), answer.start)
        alice.hang_up(call)
        check("both nodes stop when told", [node.stop() for node in nodes] == [0, 0])
    return 0


sys.exit(main())
