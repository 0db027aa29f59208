#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One user, several phones, several nodes, with baresip: all ring, the first to answer wins and the others stop; a phone carried
to another home node, or to a node that is no home of its user, is reachable there within 5 s; without a home in reach it hears
why not, and as which guest it may register meanwhile."""
import sys
import time

from baresip_phone import Baresip
from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until

DOMAIN = "drill.example"
REACHABLE_WITHIN_S = 5.0
# Ages in records are whole seconds, rounded up on their way: of a phone that moves faster both nodes keep the binding.
CARRIED_FOR_S = 5.0
INSTANCE = "9e2d1f40-7f0c-4a57-8e5e-2f1d5c3a6b77"
HOMES = {"host-1": ["alice"], "host-2": ["bob"], "host-3": ["bob"], "host-4": [], "host-5": ["guest-1"]}


def places(machine):
    """Names of the nodes at which `machine` believes that bob is."""
    users = machine.ask("users") or []
    return sorted(at["name"] for user in users if user["aor"] == f"sip:bob@{DOMAIN}" for at in user["nodes"])


def start_call(alice, phones):
    """Alice calls bob and all of `phones` ring. Returns how many events each of them, and then alice, had seen before."""
    before = [len(phone.events) for phone in (*phones, alice)]
    alice.dial("bob")
    for phone, count in zip(phones, before):
        phone.wait_for("CALL_INCOMING", REACHABLE_WITHIN_S, count)
    return before


def end_call(alice, phone, before):
    alice.hang_up()
    phone.wait_for("CALL_CLOSED", 10, before)


def both_ring_and_one_wins(alice, mobile, desk):
    at_mobile, at_desk, at_alice = start_call(alice, (mobile, desk))
    check("both phones of bob ring", True)
    desk.command("accept")
    desk.wait_for("CALL_ESTABLISHED", 10, at_desk)
    alice.wait_for("CALL_ESTABLISHED", 10, at_alice)
    answered = time.monotonic()
    mobile.wait_for("CALL_CLOSED", 10, at_mobile)
    check("the one that answers talks, the other stops ringing", mobile.event("CALL_ESTABLISHED", at_mobile) is None,
          f"{time.monotonic() - answered:.2f} s after the answer")
    check("the call goes on", alice.event("CALL_CLOSED", at_alice) is None and desk.event("CALL_CLOSED", at_desk) is None)
    end_call(alice, desk, at_desk)


def the_callers_giving_up_stops_both(alice, mobile, desk):
    at_mobile, at_desk, at_alice = start_call(alice, (mobile, desk))
    alice.hang_up()
    mobile.wait_for("CALL_CLOSED", 10, at_mobile)
    desk.wait_for("CALL_CLOSED", 10, at_desk)
    check("both stop when the caller gives up", True)


def carried_to(alice, machine, password, what):
    """Bob's phone is switched on at another node, as it is: same name of its own, same password."""
    switched_on = time.monotonic()
    phone = Baresip(machine, "bob", password, DOMAIN, ["alice"], 880, answer="manual", instance=INSTANCE)
    phone.wait_registered(REACHABLE_WITHIN_S)
    registered = time.monotonic()
    before, _ = start_call(alice, (phone,))
    rang = time.monotonic()
    check(f"a phone that has been carried to {what} is reachable there", rang - switched_on < REACHABLE_WITHIN_S,
          f"registered {registered - switched_on:.2f} s, ringing {rang - switched_on:.2f} s after it was switched on")
    end_call(alice, phone, before)
    return phone


def carried_away(phone):
    """It says no farewell, and is not there at once."""
    phone.process.kill()
    phone.process.wait()
    arrives = time.monotonic() + CARRIED_FOR_S
    wait_until("it has been carried there", lambda: time.monotonic() > arrives, 2 * CARRIED_FOR_S)


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"))
    with Ethernet(build, list(HOMES)) as machines:
        first, second, third, fourth, fifth = machines
        passwords = provision(first, DOMAIN, HOMES)
        nodes = {}
        for machine in machines:
            install_kit(first, machine, machine.name)
            settings(machine, sip='guests = ["guest-1"]' if machine is fifth else "")
            nodes[machine] = Node(machine).wait()
        wait_until("all nodes see each other", lambda: all(sees(machine, 4, 4) for machine in machines), 30)
        alice = Baresip(first, "alice", passwords["alice"], DOMAIN, ["bob"], 440)
        mobile = Baresip(second, "bob", passwords["bob"], DOMAIN, ["alice"], 880, answer="manual", instance=INSTANCE)
        desk = Baresip(third, "bob", passwords["bob"], DOMAIN, ["alice"], 660, answer="manual", transport="tcp")
        for phone in (alice, mobile, desk):
            phone.wait_registered()
        wait_until("host-1 knows both places of bob", lambda: places(first) == ["host-2", "host-3"], 20)
        both_ring_and_one_wins(alice, mobile, desk)
        the_callers_giving_up_stops_both(alice, mobile, desk)
        desk.quit()
        wait_until("the desk phone is gone", lambda: places(first) == ["host-2"], 20)

        carried_away(mobile)
        mobile = carried_to(alice, third, passwords["bob"], "another home node")
        check("it names itself by +sip.instance", f'+sip.instance="<urn:uuid:{INSTANCE}>"' in mobile.shown)
        wait_until("its place at host-2 is forgotten", lambda: places(first) == ["host-3"], REACHABLE_WITHIN_S)

        carried_away(mobile)
        mobile = carried_to(alice, fourth, passwords["bob"], "a node that is no home")
        check("a home has vouched for the node it visits", "a phone of bob@drill.example visits host-4" in second.log() + third.log())
        wait_until("its place at host-3 is forgotten", lambda: places(first) == ["host-4"], REACHABLE_WITHIN_S)

        carried_away(mobile)
        for home in (second, third):
            nodes[home].kill()
        wait_until("host-5 has lost both homes of bob", lambda: fifth.ask("status")["routes"] == 2, 60)
        stranded = Baresip(fifth, "bob", passwords["bob"], DOMAIN, ["alice"], 880, instance=INSTANCE)
        stranded.wait_shown("SIP/2.0 403 No Home Node Of This User Is Reachable, guest-1 Is Free Here", 20)
        check("without a home in reach a phone is refused, with that reason", True)

        stranded.quit()
        guest = Baresip(fifth, "guest-1", "none that is known", DOMAIN, ["alice"], 880)
        guest.wait_registered()
        before = len(alice.events)
        guest.dial("alice")
        guest.wait_for("CALL_ESTABLISHED", 10)
        calling = alice.wait_for("CALL_ESTABLISHED", 10, before)
        check("a guest calls without a password, under the guest's name", "guest-1@" in calling["peeruri"], calling["peeruri"])
    return 0


sys.exit(main())
