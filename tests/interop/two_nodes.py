#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's "On two machines of your own", done literally: its commands and its configuration, read from it, by a plain user
who has sudo, on two plain machines and an offline one, then two ordinary phones that call and write. No emulator. Only the build
is not made again: what is installed is the one under test."""
import os
import re
import shlex
import sys

from baresip_phone import Baresip
from emulator_support import ROOT, build_directory, require, skip, tone_windows
from machines import PASSPHRASE, Ethernet, Node, check, furnish, sees, wait_until

DOMAIN = "drill.example"
HEARS = {"alice": 880, "dave": 440}
TALK_S = 6
SHARE_OF_TONE = 0.9
SAMPLE_BYTES_A_SECOND = 8000 * 2
USER = 4711
BUILT = "./run build"
DAEMON = "sudo musterd --config musterd.toml"


def blocks_of_readme():
    section = re.search(r"^## On two machines of your own\n(.*?)^## ", (ROOT / "README.md").read_text(), re.S | re.M)[1]
    return section, re.findall(r"^```(\w*)\n(.*?)^```", section, re.S | re.M)


def type_in(machine, command):
    code, shown = machine.typed(command, [PASSPHRASE, PASSPHRASE], user=USER)
    check(f"{machine.name}: {command}", code == 0, shown.strip())
    return shown


def commands_of(text):
    return [line.split("#")[0].strip() for line in text.splitlines() if line.strip()]


def install(machine, build, commands):
    furnish(machine, user=USER)
    if machine.typed("test $(sudo id -u) = 0", [], user=USER)[0] != 0:
        skip("a set-user-ID program does not become root here; is no_new_privs set, as for some containers?")
    check("the README begins with the build", commands[0] == BUILT, commands[0])
    for command in commands[1:]:
        type_in(machine, f"cd {ROOT} && " + command.replace("build/release", str(build)))


def recorded_s(phone):
    return max((os.path.getsize(path) / SAMPLE_BYTES_A_SECOND for path in phone.recordings()), default=0)


def for_second(text):
    return text.replace("host-1", "host-2").replace("192.0.2.1", "192.0.2.2")


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster", "muster-sim"), tools=("ip", "baresip", "cmake", "setpriv"))
    section, blocks = blocks_of_readme()
    to_install, offline_commands, commands = [commands_of(text) for kind, text in blocks if kind == "sh"]
    configuration = next(text for kind, text in blocks if kind == "toml")
    with Ethernet(build, ["host-1", "host-2", "offline"]) as (first, second, offline):
        for machine in (first, second, offline):
            install(machine, build, to_install)
        for command in offline_commands:
            type_in(offline, command)
        passwords = {user: type_in(offline, f"muster pki show --password {user}").strip() for user in HEARS}

        nodes = []
        for machine, changed in ((first, lambda text: text), (second, for_second)):
            (machine.home / "musterd.toml").write_text(changed(configuration))
            kit = f"{machine.name}.kit"
            (machine.home / kit).write_bytes((offline.home / kit).read_bytes())
            for command in commands[:-1]:
                type_in(machine, changed(command))
            check("the README starts a node", commands[-1] == DAEMON, commands[-1])
            nodes.append(Node(machine, user=USER, command=shlex.split(commands[-1])).wait())
        wait_until("host-1 and host-2 see each other", lambda: sees(first) and sees(second), 20)
        for question in re.findall(r"`(sudo muster \w+)`", section):
            type_in(first, question)
            type_in(first, f"{question} --json")

        alice = Baresip(first, "alice", passwords["alice"], DOMAIN, ["dave"], HEARS["dave"])
        dave = Baresip(second, "dave", passwords["dave"], DOMAIN, ["alice"], HEARS["alice"])
        for phone in (alice, dave):
            phone.wait_registered()
        check("both phones are registered", True)
        wait_until("host-1 knows where dave is", lambda: (first.ask("status") or {}).get("users") == 2, 20)

        alice.dial("dave")
        alice.wait_for("CALL_ESTABLISHED")
        dave.wait_for("CALL_ESTABLISHED")
        # What was heard is judged afterwards: a recording is finished with its call.
        wait_until("a talk of some seconds is recorded", lambda: all(recorded_s(phone) > TALK_S for phone in (alice, dave)), 60)
        alice.hang_up()
        dave.wait_for("CALL_CLOSED")
        alice.wait_for("CALL_CLOSED")
        check("the call has ended for both", True)
        for phone in (alice, dave):
            tone = max(sum(tone_windows(path, HEARS[phone.user])) / 10 for path in phone.recordings())
            check(f"{phone.user} heard the other's {HEARS[phone.user]} Hz", tone > TALK_S * SHARE_OF_TONE, f"{tone:.1f} s")

        alice.message("dave", "in position")
        dave.wait_shown(r"MESSAGE sip:dave\S+ SIP/2\.0\n.*in position")
        alice.wait_shown(r"SIP/2\.0 200 OK\n[^\x1b]*CSeq: \d+ MESSAGE")
        dave.message("alice", "understood")
        alice.wait_shown(r"MESSAGE sip:alice\S+ SIP/2\.0\n.*understood")
        check("both messages were shown", True)
        for phone in (alice, dave):
            phone.quit()
        check("both nodes stop when told", [node.stop() for node in nodes] == [0, 0])
    return 0


sys.exit(main())
