#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up under running nodes: messages that cannot be kept are refused at once and say why, calls and live
messages go on, kill -9 and all; with room again everything recovers and nothing that was accepted is lost. And one that fills up
under the authority: who is made there is made whole or not at all."""
import sys

from emulator_support import build_directory, require
from machines import PASSPHRASE, Ethernet, Node, check, install_kit, provision, refused, sees, settings, wait_until
from scripted_phone import ScriptedPhone, wait_for_voice

DOMAIN = "drill.example"
QUOTA_BYTES = 65536


def fill(machine):
    machine.run("sh", "-c", f"cat /dev/zero > {machine.state}/ballast || true")


def make_room(machine):
    machine.run("rm", f"{machine.state}/ballast")


def small_disk(maker, machine):
    """A state directory on a disk of its own."""
    machine.run("mkdir", "-p", machine.state)
    machine.run("mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", machine.state)
    install_kit(maker, machine, machine.name)


def full_disk_of_authority(machine):
    office = machine.home / "office"
    machine.run("mkdir", office)
    machine.run("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", office)
    (machine.home / "passphrase").write_text(PASSPHRASE + "\n")

    def make(*words):
        return ("muster", *words, "--authority", f"{office}/authority")

    def kit(node):
        return make("kit", "make", node, "-o", f"{office}/{node}.kit", "--passphrase-file", "passphrase")

    machine.run(*make("pki", "init", "other.example"))
    machine.run(*make("pki", "node", "host-7"))
    before = machine.run("find", office).stdout
    machine.run("sh", "-c", f"cat /dev/zero > {office}/ballast || true")
    orders = {"a node": make("pki", "node", "host-8"), "a user": make("pki", "user", "carol", "--homes", "host-7"), "a kit": kit("host-7")}
    for what, order in orders.items():
        code, line = refused(machine, *order)
        check(f"on a full disk {what} is not made, and it says why", code == 1 and "make room" in line, line)
    machine.run("rm", f"{office}/ballast")
    check("and nothing half made stays behind", machine.run("find", office).stdout == before)
    for order in (*orders.values(), kit("host-8")):
        machine.run(*order)
    shown = machine.run("muster", "kit", "show", f"{office}/host-8.kit", "--passphrase-file", "passphrase").stdout
    check("with room all of them are made", "knows 2 nodes and 1 users" in shown, shown.strip())


def full_disk_of_sender(first, alice, node):
    answer = alice.message("dave", "kept before the disk was full")
    check("with room a message is kept", answer.status == 202, answer.start)
    fill(first)
    answer = alice.message("dave", "this cannot be kept")
    check("on a full disk it is refused, and says why", answer.status == 500 and "Stored" in answer.start, answer.start)
    check("which is counted", first.counter("messages.store_failures") > 0, first.counter("messages.store_failures"))
    alice.register()
    check("the phone can still register", True)
    node.kill()
    code, line = refused(first, "musterd", "--config", "musterd.toml")
    check("a restart on the full disk is refused with a reason", code == 1 and "full" in line, line)
    make_room(first)
    node = Node(first).wait()
    wait_until("after it the neighbour is there", lambda: sees(first), 20)
    alice.register()
    answer = alice.message("dave", "kept when there was room again")
    check("with room again messages are kept", answer.status == 202, answer.start)
    return node


def full_disk_of_receiver(first, second, alice, dave):
    wait_until("both kept messages are shown, in order",
               lambda: dave.texts() == ["kept before the disk was full", "kept when there was room again"], 30)
    check("what was accepted is shown, in order, and nothing else", True, dave.texts())
    fill(second)
    answer = alice.message("dave", "to a full disk")
    check("a live message to a node with a full disk is shown once", answer.status == 200 and dave.texts()[2:] == ["to a full disk"],
          f"{answer.start}, {dave.texts()[2:]}")
    call = alice.call("dave")
    wait_for_voice("a call", call, dave.calls[call.call_id])
    check("calls need no disk", alice.hang_up(call).status == 200)
    dave.register()
    make_room(second)


def quota(first, alice):
    kept = 0
    while (answer := alice.message("dave", "x" * 900)).status == 202:
        kept += 1
        assert kept < 2 * QUOTA_BYTES // 900, "the quota was never reached"
    check("over the quota a message is refused, and says why", answer.status == 480 and "Full" in answer.start, f"{kept} kept, {answer.start}")
    check("which is counted", first.counter("messages.refused_over_quota") == 1)
    return kept


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip",))
    with Ethernet(build, ["host-1", "host-2"]) as (first, second):
        passwords = provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        full_disk_of_authority(first)
        nodes = []
        for machine in (first, second):
            small_disk(first, machine)
            settings(machine, f"[messages]\nquota_bytes = {QUOTA_BYTES}")
            nodes.append(Node(machine))
        for node in nodes:
            node.wait()
        alice = ScriptedPhone(first, "alice", passwords["alice"], DOMAIN)
        dave = ScriptedPhone(second, "dave", passwords["dave"], DOMAIN)
        alice.register()
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 20)
        nodes[0] = full_disk_of_sender(first, alice, nodes[0])
        dave.register()
        full_disk_of_receiver(first, second, alice, dave)
        dave.register(expires=0)
        wait_until("host-1 knows that dave is gone", lambda: first.ask("status")["users"] == 1, 20)
        kept, shown = quota(first, alice), len(dave.shown)
        dave.register()
        wait_until("all of them are shown to dave in the end", lambda: len(dave.shown) == shown + kept, 60)
        check("what was kept up to the quota is shown, each once", len({each["call-id"] for each in dave.shown}) == len(dave.shown))
        check("both nodes live", all(node.alive() for node in nodes))
        check("and stop when told", [node.stop() for node in nodes] == [0, 0])
    return 0


sys.exit(main())
