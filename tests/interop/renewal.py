#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A box is lost, and its name is issued anew: new keys, a new kit, installed by root over the old one for the user of musterd,
a restart. The neighbours see each other again, users register and write as before, and the lost box stays outside."""
import os
import shutil
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, refused, sees, settings, wait_until
from scripted_phone import ScriptedPhone

DOMAIN = "drill.example"
NOBODY = 65534
AUTHORITY = ("--authority", f"authority-{DOMAIN}")
PASSPHRASE_FILE = ("--passphrase-file", "passphrase")


def give_to(user, machine):
    """What the first start as a service does."""
    state = machine.home / "var-lib/muster"
    for path in (state, *state.iterdir()):
        os.chown(path, user, user)


def write(sender, receiver, text):
    answer = sender.message(receiver.user, text)
    check(f"{sender.user} writes to {receiver.user}", answer.status == 200 and text in receiver.texts(), answer.start)


def renew(maker, machine):
    maker.run("muster", "pki", "node", "host-1", "--replace", *AUTHORITY)
    maker.run("muster", "kit", "make", "host-1", "-o", "host-1.kit", *PASSPHRASE_FILE, *AUTHORITY)
    shutil.copy(maker.home / "host-1.kit", machine.home)
    install = ("muster", "kit", "install", "host-1.kit", "--state", machine.state, *PASSPHRASE_FILE)
    code, line = refused(machine, *install)
    check("other keys are not installed by mistake", code == 1 and "--force" in line, line)
    machine.run(*install, "--force")
    identity = (machine.home / "var-lib/muster/identity.kit").stat()
    check("the new identity belongs to the user of musterd, and is his alone",
          (identity.st_uid, identity.st_gid, identity.st_mode & 0o777) == (NOBODY, NOBODY, 0o600))


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "setpriv"))
    with Ethernet(build, ["host-1", "host-2", "lost", "office"]) as (first, second, lost, office):
        passwords = provision(office, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        for machine in (first, second):
            install_kit(office, machine, machine.name)
            settings(machine)
        install_kit(office, lost, "host-1")
        settings(lost)
        give_to(NOBODY, first)
        nodes = [Node(first, user=NOBODY).wait(), Node(second).wait()]
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 20)
        before = first.ask("status")["node"]
        alice, dave = (ScriptedPhone(machine, user, passwords[user], DOMAIN) for machine, user in ((first, "alice"), (second, "dave")))
        for phone in (alice, dave):
            phone.register()
        wait_until("both nodes know both users", lambda: all(machine.ask("status")["users"] == 2 for machine in (first, second)), 20)
        write(alice, dave, "before")
        check("the node stops", nodes[0].stop() == 0)

        renew(office, first)
        nodes[0] = Node(first, user=NOBODY).wait()
        after = first.ask("status")["node"]
        check("it is another node now, of the same name", after != before and first.ask("status")["name"] == "host-1")
        wait_until("the neighbours see each other again",
                   lambda: sees(first) and any(peer["node"] == after and peer["up"] for peer in second.ask("peers")), 20)
        alice.register()
        wait_until("host-2 knows where alice is", lambda: any(user["registered"] and "alice" in user["aor"] for user in second.ask("users")), 20)
        write(alice, dave, "after")
        write(dave, alice, "as ever")

        box = Node(lost).wait()
        wait_until("the lost box is refused for its certificate", lambda: second.counter("sessions.refused_certificates") > 0, 20)
        wait_until("host-2 gives the old keys up", lambda: before not in {peer["node"] for peer in second.ask("peers") if peer["up"]}, 60)
        check("the lost box stays outside", not sees(lost, routes=0), lost.ask("status")["neighbours"])
        check("all stop when told", [node.stop() for node in (*nodes, box)] == [0, 0, 0])
    return 0


sys.exit(main())
