#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator does with running nodes: watch, links, the log, services, the doctor, and mistakes with state directories."""
import csv
import io
import json
import re
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, refused, sees, settings, wait_until

NOBODY = 65534
ALICE, DAVE = "alice@drill.example", "dave@drill.example"


def events_of(machine):
    return [json.loads(line) for line in machine.log("watch.log").splitlines() if line.startswith("{")]


def saw(machine, **wanted):
    return any(all(event.get(key) == value for key, value in wanted.items()) for event in events_of(machine))


def check_watching(first, second):
    first.start("muster", "watch", "--json", "--for", "2m", log="watch.log")
    wait_until("watch says that it watches", lambda: "watching" in first.log("watch.log"), 20)
    first.start("muster", "listen", "--as", "alice", "--registrar", f"{first.address}:5060", log="alice.log")
    second.start("muster", "listen", "--as", "dave", "--registrar", f"{second.address}:5060", log="dave.log")
    wait_until("watch tells that alice registers", lambda: saw(first, event="registered", **{"from": ALICE}), 20)
    wait_until("both users are known", lambda: (first.ask("status") or {}).get("users") == 2, 20)
    first.run("muster", "message", "dave", "--as", "alice", "--registrar", f"{first.address}:5060", "--text", "in position")
    wait_until("watch tells of the message", lambda: saw(first, event="message_delivered", **{"from": ALICE, "to": DAVE}), 20)
    first.run("muster", "call", "dave", "--as", "alice", "--registrar", f"{first.address}:5060", "--for", "2s", seconds=40)
    wait_until("watch tells that the call is over", lambda: saw(first, event="call_ended", to=DAVE), 20)
    check("watch told of the whole call", all(saw(first, event=f"call_{what}", **{"from": ALICE, "to": DAVE})
                                              for what in ("offered", "answered", "ended")))
    numbers = [event["number"] for event in events_of(first)]
    check("no event was missed", numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers)


def check_log(first):
    rows = list(csv.DictReader(io.StringIO(first.run("muster", "log", "export", "--since", "1h").stdout)))
    kinds = [row["event"] for row in rows if row["from"] == ALICE]
    check("the log has it all in order", [kind for kind in kinds if kind != "registered"] ==
          ["message_delivered", "call_offered", "call_answered", "call_ended"], kinds)
    form = list(csv.reader(io.StringIO(first.run("muster", "log", "export", "--format", "ics309", "--incident", "Drill").stdout)))
    entries = [row for row in form if len(row) == 6 and row[1] == ALICE]
    check("ICS 309 has one line for the message and one for the call", [row[5].split(",")[0] for row in entries] == ["message", "call"],
          entries)
    check("nothing is after now", not first.run("muster", "log", "export", "--format", "json", "--since", "2099-01-01").stdout)
    code, line = refused(first, "muster", "log", "export", "--since", "yesterday")
    check("a time that is none is named", code == 2 and "--since" in line, line)


def check_doctor(first):
    report = json.loads(first.run("muster", "doctor", "--config", "musterd.toml", "--json").stdout)
    check("the doctor finds the node fit", report["fit"], [f for f in report["findings"] if f["level"] != "ok"])
    checks = {finding["check"] for finding in report["findings"]}
    for wanted in ("configuration", "state", "kit", "clock", "disk", "interface wlan0", "discovery", "phones", "musterd", "directory", "links",
                   "neighbours"):
        check(f"the doctor looked at: {wanted}", wanted in checks)
    done = first.run("muster", "doctor", "--config", "musterd.toml", good=False, user=NOBODY)
    state = [line for line in done.stdout.splitlines() if re.match(r"\w+ +state ", line)]
    check("to who may not look into the state directory the doctor says so", done.returncode == 1 and len(state) == 1 and
          state[0].startswith("fail") and "sudo" in state[0], state)
    links = first.ask("links")
    check("links count what passes", links[0]["up"] and links[0]["frames_sent"] > 0 < links[0]["bytes_received"], links)


def offers(machine, *words):
    """(service, node, reachable) of each, as they are listed."""
    report = json.loads(machine.run("muster", "services", *words, "--json").stdout)
    return report["state"], [(offer["service"], offer["name"], offer["reachable"]) for offer in report["offers"]]


def check_services(first, second, node):
    check("nobody offers a service yet", offers(first) == ("none", []), offers(first))
    node.stop()
    settings(second, '[services]\noffer = ["gateway", "time"]\nnote = "on the hill"\n')
    node = Node(second).wait()
    wanted = ("found", [("gateway", "host-2", True), ("time", "host-2", True)])
    wait_until("what the other offers is listed", lambda: offers(first) == wanted, 20)
    shown = first.run("muster", "services", "gateway").stdout
    check("one service is told with its distance and note", re.search(r"gateway +host-2 +cost \d\.\d\d, .* ms .* on the hill", shown), shown)
    node.stop()
    settings(second)
    Node(second).wait()
    wait_until("it is withdrawn by the next start without it", lambda: offers(first) == ("none", []), 20)
    code, line = refused(first, "muster", "services", "Gateway!")
    check("a name that is none is refused", code == 2 and "gateway, relay, time" in line, line)


def check_radio_gone(net, first):
    net.pull_out(first)
    wait_until("the link is reported down", lambda: not first.ask("links")[0]["up"], 10)
    done = first.run("muster", "doctor", "--config", "musterd.toml", good=False)
    check("the doctor fails without the radio, and says what to do",
          done.returncode == 1 and "fail  interface wlan0" in done.stdout and "->" in done.stdout, done.stdout)
    check("watch told that the link is down", saw(first, event="link_down", detail="wlan0"))
    net.plug_in(first)
    wait_until("the link is back", lambda: first.ask("links")[0]["up"], 10)


def check_state_directory(first, node):
    code, line = refused(first, "musterd", "--config", "musterd.toml")
    check("a second musterd on one state directory is refused", code == 1 and "process number" in line, line)
    node.kill()
    again = Node(first).wait()
    check("the lock goes with the process, however it ends", again.alive())
    check("it stops when told", again.stop() == 0)
    done = first.run("muster", "doctor", "--config", "musterd.toml", good=False)
    check("the doctor says that musterd does not run", done.returncode == 1 and "is musterd running" in done.stdout, done.stdout)
    check("the log is read without musterd", ALICE in first.run("muster", "log", "export").stdout)
    first.run("sh", "-c", f"echo 99 > {first.state}/VERSION")
    code, line = refused(first, "musterd", "--config", "musterd.toml")
    check("the state of a newer Muster is refused", code == 1 and "newer Muster (version 99" in line, line)


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip",))
    net = Ethernet(build, ["host-1", "host-2"])
    with net as (first, second):
        provision(first, "drill.example", {"host-1": ["alice"], "host-2": ["dave"]})
        nodes = []
        for machine in (first, second):
            install_kit(first, machine, machine.name)
            settings(machine)
            nodes.append(Node(machine).wait())
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 20)
        check_watching(first, second)
        check_log(first)
        check_doctor(first)
        check_services(first, second, nodes[1])
        check_radio_gone(net, first)
        check_state_directory(first, nodes[0])
    return 0


sys.exit(main())
