#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two musterd over packet radio of 1200 bit/s: two real, unmodified direwolf joined by sound. A message crosses; one direwolf is
restarted, and a message crosses again."""
import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from direwolf_radio import Ether, Station
from emulator_support import build_directory, require
from machines import Machine, Node, check, install_kit, provision, sees, wait_until

DOMAIN = "drill.example"
LINK = """[sip]
listen = "127.0.0.1:5060"
[messages]
answer_within = "20s"
[discovery]
avahi = "off"
[log]
level = "debug"
[[link]]
kind = "kiss-tcp"
address = "127.0.0.1:8001"
station = "{}"
profile = "afsk1200"
"""


def link(machine):
    return (machine.ask("links") or [{}])[0]


def airtime(ether, name, seconds):
    """Share of the time that a station sends, over so long."""
    before, begun = ether.heard_s[name], time.monotonic()
    wait_until("time goes by", lambda: time.monotonic() - begun > seconds, seconds + 5)
    return (ether.heard_s[name] - before) / (time.monotonic() - begun)


def crosses(sender, receiver, text):
    """Alice writes to dave, who has it soon after, and she learns that he has."""
    begun = time.monotonic()
    done = sender.run("muster", "message", "dave", "--as", "alice", "--registrar", "127.0.0.1:5060", "--text", text,
                      good=False, seconds=60)
    answer = done.stdout.strip() or done.stderr.strip()
    check("alice is told what becomes of her message", done.returncode == 0 and re.match("delivered|stored", answer), answer)
    wait_until(f"dave has '{text}'", lambda: text in receiver.log("listen.log"), 240)
    print(f"        shown to dave after {time.monotonic() - begun:.1f} s", flush=True)
    wait_until("host-1 knows that it was delivered", lambda: not (sender.ask("status") or {}).get("messages_waiting", 1), 120)
    print(f"        known to host-1 after {time.monotonic() - begun:.1f} s", flush=True)


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "direwolf"))
    directory = Path(tempfile.mkdtemp(prefix="mdirewolf-"))
    directory.chmod(0o755)
    machines = [Machine(directory, f"host-{number}", build) for number in (1, 2)]
    first, second = machines
    ether, good = None, False
    try:
        stations = [Station(machine, call_sign, 1200) for machine, call_sign in zip(machines, ("AA1AA", "BB2BB"))]
        ether = Ether(*stations)
        check("two direwolf are joined by sound", True)
        provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        for machine, call_sign in zip(machines, ("AA1AA-1", "BB2BB-2")):
            install_kit(first, machine, machine.name)
            (machine.home / "musterd.toml").write_text(LINK.format(call_sign))
        begun = time.monotonic()
        nodes = [Node(machine).wait() for machine in machines]
        wait_until("host-1 and host-2 see each other over 1200 bit/s", lambda: sees(first) and sees(second), 90)
        print(f"        neighbours after {time.monotonic() - begun:.1f} s", flush=True)
        check("the link is shown as what it is", (link(first).get("kind"), link(first).get("link")) == ("kiss-tcp", "127.0.0.1:8001"),
              link(first))

        listening = second.start("muster", "listen", "--as", "dave", "--registrar", "127.0.0.1:5060", "--json", log="listen.log")
        wait_until("host-1 knows where dave is", lambda: (first.ask("status") or {}).get("users", 0) >= 2 or
                   any(user.get("registered") and "dave" in user.get("aor", "") for user in first.ask("users") or []), 180)
        print(f"        directory after {time.monotonic() - begun:.1f} s", flush=True)
        crosses(first, second, "bridge is out, use the ford")

        stations[1].stop()
        wait_until("host-2 notices that its direwolf is gone", lambda: not link(second).get("up", True), 20)
        stations[1].start()
        wait_until("the link is up again by itself", lambda: link(second).get("up"), 60)
        said = re.findall(r"link 127\.0\.0\.1:8001: [^\n]*tried again", second.log())
        check("it said so once", len(said) == 1, said)
        crosses(first, second, "the ford is fine")
        idle = airtime(ether, "host-1", 30)
        print(f"        host-1 sends {idle:.1%} of the time when idle", flush=True)
        check("both nodes stop when told", [node.stop() for node in nodes] == [0, 0])
        good = True
    finally:
        if ether:
            ether.end()
        for machine in machines:
            machine.end()
        if good:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            for machine in machines:
                print(f"--- {machine.name}\n{machine.log()[-3000:]}")
            print(f"kept for a look: {directory}", flush=True)
    return 0


sys.exit(main())
