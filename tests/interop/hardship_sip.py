#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIP that hurts, at running nodes: the torture messages of RFC 4475, noise on the phones' port, and load from SIPp."""
import argparse
import os
import random
import select
import sys
from pathlib import Path

from emulator_support import ROOT, build_directory, require, skip
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, udp_socket, wait_until
from scripted_phone import ScriptedPhone, Sip

DOMAIN = "drill.example"
# Who sends the torture. Answers come to its port 5060, whatever host their Via names (RFC 3261 section 18.2.2).
STRANGER = "127.0.0.9"
PHONE_PORT = 5080
# More than the 1024 transactions that a node has room for.
FLOOD = 1500
SCENARIOS = ROOT / "tests/interop/sipp"
# Answers to a stranger at a node of another domain; those not named: 403, From is no user here. None: none, since it is a
# response, or too broken to tell where an answer would go.
ANSWERS = {
    **dict.fromkeys(["badinv01", "bcast", "bigcode", "insuf", "noreason", "scalarlg", "unreason"]),
    **dict.fromkeys(["badaspec", "baddn", "clerr", "escruri", "ltgtruri", "lwsruri", "lwsstart", "mcl01", "mismatch01", "mismatch02",
                     "multi01", "ncl", "quotbal", "regbadct", "scalar02", "trws"], 400),
    "badvers": 505, "bext01": 420, "novelsc": 416, "unkscm": 416, "zeromf": 483,
}


def torture_folder():
    folder = Path(os.environ.get("MUSTER_TEST_DATA", ROOT.parent / "shared/data")) / "rfc4475"
    return folder if folder.is_dir() else None


def option_answer(sock, node, number):
    """An OPTIONS to the node itself, and its answer: is it alive and sane?"""
    text = (f"OPTIONS sip:{node[0]}:{node[1]} SIP/2.0\r\nVia: SIP/2.0/UDP {STRANGER}:5060;branch=z9hG4bKalive{number}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{STRANGER}>;tag=a\r\nTo: <sip:{node[0]}>\r\nCall-ID: alive{number}\r\n"
            f"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
    sock.sendto(text.encode(), node)
    others = []
    while select.select([sock], [], [], 5)[0]:
        answer = Sip(sock.recvfrom(65535)[0])
        if answer["call-id"] == f"alive{number}":
            return answer, others
        others.append(answer)
    return None, others


def answers_to(sock, node, datagram, number):
    """The statuses that this datagram is answered with; the node lives on."""
    sock.sendto(datagram, node)
    # The node takes one datagram after the other: once this is answered, so is what came before.
    alive, others = option_answer(sock, node, number)
    assert alive is not None and alive.status == 200, f"after {datagram!r}: {alive and alive.start}"
    return {answer.status for answer in others}


def torture(machine, sock, folder):
    node = (machine.phone_address, 5060)
    messages = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.dat"))}
    check("all 49 torture messages are there", len(messages) == 49)
    wrong = {}
    for number, (name, message) in enumerate(messages.items()):
        got = answers_to(sock, node, message, f"rfc{number}")
        wanted = {ANSWERS[name]} if name in ANSWERS else {403}
        if got != wanted - {None}:
            wrong[name] = (got, wanted)
    check("each is answered as it deserves, or not at all", not wrong, wrong or f"{len(messages)} messages")
    insane = {}
    for number, (name, message) in enumerate(messages.items()):
        head, end, body = message.partition(b"\r\n\r\n")
        ours = head.replace(b"example.com", DOMAIN.encode()).replace(b"example.org", DOMAIN.encode()) + end + body
        got = answers_to(sock, node, ours, f"ours{number}")
        if any(status >= 500 and status not in (501, 505) for status in got) or len(got) > 1:
            insane[name] = got
    check("addressed to this overlay they still find no weak spot", not insane, insane or "")


def noise(machine, sock, chance, count):
    node = (machine.phone_address, 5060)
    folder = torture_folder()
    seeds = [path.read_bytes() for path in sorted(folder.glob("*.dat"))] if folder else []
    seeds.append(b"MESSAGE sip:dave@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
                 b"From: <sip:alice@drill.example>;tag=1\r\nTo: <sip:dave@drill.example>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n"
                 b"Content-Length: 2\r\n\r\nhi")
    for number in range(count):
        datagram = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(datagram))
            datagram[at:at + chance.randrange(3)] = chance.choice([b"", b"\r\n", b";", b"\0", b"<", b'"', b"%", chance.randbytes(3)])
        sock.sendto(chance.randbytes(chance.randrange(600)) if number % 10 == 0 else bytes(datagram), node)
        if number % 50 == 0:
            assert option_answer(sock, node, f"noise{number}")[0] is not None, f"no answer after datagram {number}"
    check("changed messages and noise do not stop the node", option_answer(sock, node, "over")[0] is not None,
          f"{count} datagrams, malformed: {machine.counter('sip.malformed')}")


def flood(machine, sock, count):
    """Requests of strangers, each a transaction of its own that the node would remember for 32 s."""
    node = (machine.phone_address, 5060)
    for number in range(count):
        text = (f"INVITE sip:dave@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {STRANGER}:5060;branch=z9hG4bKflood{number}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:alice@{DOMAIN}>;tag=f\r\nTo: <sip:dave@{DOMAIN}>\r\nCall-ID: flood{number}\r\n"
                f"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n")
        sock.sendto(text.encode(), node)
        if number % 50 == 0:
            assert option_answer(sock, node, f"flood{number}")[0] is not None, f"no answer after request {number}"
    alive, _ = option_answer(sock, node, "flooded")
    check("a flood of requests does not shut out the next one", alive is not None and alive.status == 200, f"{count} INVITEs")


def sipp(machine, scenario, log, *options):
    command = ["sipp", f"{machine.phone_address}:5060", "-sf", SCENARIOS / f"{scenario}.xml", "-i", machine.phone_address, "-p",
               PHONE_PORT, "-nostdin", "-trace_err", "-error_file", f"{log}.errors", *options]
    return machine.start(*command, log=log)


def load(what, machines, user_phones, scenario, phone_scenario, count, rate, *options):
    first, second = machines
    callee = sipp(second, phone_scenario, f"{phone_scenario}.log") if phone_scenario else None
    if callee:
        wait_until("dave's SIPp listens", lambda: f":{PHONE_PORT} " in second.run("ss", "-Hlnu").stdout, 10)
    caller = sipp(first, scenario, f"{scenario}.log", "-m", str(count), "-r", str(rate), "-timeout", "60", *options)
    code = caller.wait(90)
    errors = first.home / f"{scenario}.log.errors"
    check(what, code == 0, f"{count} at {rate}/s" if code == 0 else f"exit {code}: {errors.read_text()[-1000:] if errors.exists() else ''}")
    if callee:
        callee.kill()
        callee.wait()


def loads(first, second, passwords):
    load("SIPp registers under load", (first, second), passwords, "register", None, 200, 50, "-auth_uri", DOMAIN, "-au", "alice", "-ap", passwords["alice"])
    dave = ScriptedPhone(second, "dave", passwords["dave"], DOMAIN, PHONE_PORT)
    dave.register()
    dave.close()
    wait_until("host-1 knows where dave is", lambda: first.ask("status")["users"] == 2, 20)
    load("SIPp sends messages", (first, second), passwords, "message", "message-phone", 300, 50)
    load("SIPp calls", (first, second), passwords, "call", "call-phone", 60, 10, "-d", "1000")
    status = first.ask("status")
    check("nothing is left waiting", status["messages_waiting"] == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datagrams", type=int, default=2000, help="of noise")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "sipp"))
    with Ethernet(build, ["host-1", "host-2"]) as (first, second):
        passwords = provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        first.phone_address = "127.0.0.1"
        nodes = []
        for machine in (first, second):
            install_kit(first, machine, machine.name)
            settings(machine)
            nodes.append(Node(machine))
        for node in nodes:
            node.wait()
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 20)
        sock = first.sockets(lambda: udp_socket(STRANGER, 5060))
        folder = torture_folder()
        if folder:
            torture(first, sock, folder)
        noise(first, sock, random.Random(options.seed), options.datagrams)
        flood(first, sock, FLOOD)
        loads(first, second, passwords)
        check("both nodes live", all(node.alive() for node in nodes))
        check("and stop when told", [node.stop() for node in nodes] == [0, 0])
    if folder is None:
        skip("all but the torture messages of RFC 4475, which are not here: MUSTER_TEST_DATA names the folder that has rfc4475/")
    return 0


sys.exit(main())
