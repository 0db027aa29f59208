#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad company and bad cables, while a call goes on: another overlay on the same wire, garbage and replayed frames on the port
of the link, a network card that is pulled out and put back. The call goes on, messages arrive, everything is counted."""
import argparse
import os
import random
import socket
import struct
import sys
import threading
import time

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until
from scripted_phone import ScriptedPhone, heard_lately, wait_for_voice

DOMAIN = "drill.example"
LINK_PORT = 7077
ETH_P_ALL = 3
DROPPED = ("beacons.foreign", "sessions.malformed", "sessions.wrong_mac", "sessions.forged_frames", "sessions.replayed_frames",
           "sessions.unknown_index")


def dropped(machine):
    counters = machine.ask("status")["counters"]
    return {name: counters[name] for name in DROPPED}


def datagram_of(frame):
    """The payload of an Ethernet frame to the link's port; None if it is none."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and len(frame) > 42 and frame[23] == 17:
        udp = 14 + (frame[14] & 15) * 4
    elif kind == 0x86dd and len(frame) > 62 and frame[20] == 17:
        udp = 54
    else:
        return None
    return frame[udp + 8:] if struct.unpack_from("!H", frame, udp + 2)[0] == LINK_PORT else None


def with_checksum(frame):
    """The kernel leaves UDP checksums on virtual wires unfinished, but would not accept one from us."""
    frame = bytearray(frame)
    six = frame[12:14] == b"\x86\xdd"
    udp = 54 if six else 14 + (frame[14] & 15) * 4
    addresses = frame[22:54] if six else frame[26:34]
    length = struct.unpack_from("!H", frame, udp + 4)[0]
    frame[udp + 6:udp + 8] = bytes(2)
    summed = bytes(addresses) + struct.pack("!II", length, 17) + bytes(frame[udp:udp + length]) + bytes(length % 2)
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    struct.pack_into("!H", frame, udp + 6, ~total & 0xffff or 0xffff)
    return bytes(frame)


class Wiretap:
    """On the switch's ports: hears every frame of the link, and can put any of them on the wire again."""

    def __init__(self, switch, ports):
        def work():
            taps = []
            for port in ports:
                tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
                tap.bind((port, ETH_P_ALL))
                tap.settimeout(0.1)
                taps.append(tap)
            return taps
        self.taps = switch.sockets(work)
        self.frames = []

    def listen(self, count, seconds=20):
        until = time.monotonic() + seconds
        while len(self.frames) < count and time.monotonic() < until:
            for tap in self.taps:
                try:
                    frame, address = tap.recvfrom(65535)
                except TimeoutError:
                    continue
                # Outgoing on the port of the machine it is for: it can go there once more the same way.
                if address[2] == socket.PACKET_OUTGOING and datagram_of(frame):
                    self.frames.append((tap, with_checksum(frame)))
        return self.frames

    def replay(self, frames):
        for tap, frame in frames:
            tap.send(frame)


def garbage(chance, sample):
    """A datagram for the link's port: noise, noise with a type, or a true one that was changed."""
    kind = chance.randrange(3)
    noise = chance.randbytes(chance.randrange(1400))
    if kind == 0:
        return noise
    if kind == 1:
        return bytes([chance.choice([1, 2, 3, 4, 5, 6, 7, 16, 17])]) + noise
    true = bytearray(chance.choice(sample))
    for _ in range(chance.randrange(1, 4)):
        true[chance.randrange(len(true))] ^= 1 << chance.randrange(8)
    return bytes(true[:chance.randrange(1, len(true) + 1)])


def other_overlay(machines):
    first, second, stranger = machines
    check("members see each other, and no stranger", first.ask("status")["neighbours"] == 1 and len(first.ask("peers")) == 1,
          [peer["name"] for peer in first.ask("peers")])
    check("the stranger sees nobody", stranger.ask("status")["neighbours"] == 0)
    for machine in machines:
        wait_until(f"{machine.name} counts the other overlay's beacons", lambda: machine.counter("beacons.foreign") > 0, 30)
    check("beacons of another overlay are counted and lead to nothing", True, {m.name: m.counter("beacons.foreign") for m in machines})


def attack(switch, machines, calls, tap, chance, seconds):
    captured = tap.listen(300)
    sample = [datagram_of(frame) for _, frame in captured]
    check("true frames were captured", len(captured) >= 300, f"{len(captured)}, {sum(map(len, sample))} octets")
    before = [dropped(machine) for machine in machines]
    sender = switch.sockets(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    worst = [1.0]
    over = threading.Event()

    def watch():
        while not over.wait(0.25):
            worst[0] = min(worst[0], *(heard_lately(call) for call in calls))
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    sent, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        for _ in range(10):
            sender.sendto(garbage(chance, sample), (chance.choice(machines).address, LINK_PORT))
        tap.replay(chance.sample(captured, 10))
        sent += 20
        over.wait(0.02)
    over.set()
    watcher.join()
    after = [dropped(machine) for machine in machines]
    grown = {name: sum(a[name] - b[name] for a, b in zip(after, before)) for name in DROPPED}
    check("the voice went on", worst[0] > 0.5, f"worst second {worst[0]:.0%}, {sent} datagrams in {seconds} s")
    check("what was dropped is counted", sum(grown.values()) > sent // 2, f"{sum(grown.values())}: {grown}")
    check("replayed frames are known for what they are", grown["sessions.replayed_frames"] > 0, grown["sessions.replayed_frames"])


def pulled_cable(ethernet, machine, other, phones, calls):
    alice, dave = phones
    ethernet.pull_out(machine)
    wait_until("the node says that its interface has gone", lambda: "the interface has gone" in machine.log(), 5)
    answer = alice.message("dave", "while the cable was out")
    check("a message meanwhile is kept", answer.status == 202, answer.start)
    ethernet.plug_in(machine)
    wait_for_voice("after the interface came back", *calls)
    check("the call goes on over the interface that came back", not any(call.over.is_set() for call in calls))
    wait_until("the kept message is shown", lambda: dave.texts().count("while the cable was out") == 1, 20)

    # Here the interface takes the address with it at which the phones register.
    ethernet.pull_out(other)
    wait_until("the other node says so too", lambda: "the interface has gone" in other.log(), 5)
    wait_until("silence", lambda: all(heard_lately(call) == 0 for call in calls), 5)  # or the voice below is that of before
    ethernet.plug_in(other)
    wait_for_voice("after the phones' own address came back", *calls)
    wait_until("its link is up again", lambda: other.ask("links")[0]["up"], 5)
    other.run("ip", "link", "set", "wlan0", "down")
    wait_until("silence", lambda: all(heard_lately(call) == 0 for call in calls), 5)
    wait_until("the node says that its interface is down", lambda: "the interface is down" in other.log(), 5)
    check("and its link too", not other.ask("links")[0]["up"])
    other.run("ip", "link", "set", "wlan0", "up")
    wait_for_voice("after the interface was down", *calls)
    wait_until("both nodes see each other", lambda: sees(machine) and sees(other), 20)
    answer = dave.message("alice", "the cable is back")
    check("the call goes on, and messages both ways", answer.status == 200 and "the cable is back" in alice.texts(), answer.start)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of garbage")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip",))
    ethernet = Ethernet(build, ["host-1", "host-2", "host-9"])
    with ethernet as (first, second, stranger):
        passwords = provision(first, DOMAIN, {"host-1": ["alice"], "host-2": ["dave"]})
        provision(stranger, DOMAIN, {"host-9": ["alice"]})  # the same name, another authority
        nodes = []
        first.phone_address = "127.0.0.1"
        for machine in ethernet.machines:
            install_kit(stranger if machine is stranger else first, machine, machine.name)
            settings(machine)
            nodes.append(Node(machine))
        for node in nodes:
            node.wait()
        wait_until("the members see each other", lambda: sees(first) and sees(second), 20)
        alice = ScriptedPhone(first, "alice", passwords["alice"], DOMAIN)
        dave = ScriptedPhone(second, "dave", passwords["dave"], DOMAIN)
        alice.register()
        dave.register()
        wait_until("host-1 knows where dave is", lambda: first.ask("status")["users"] == 2, 20)
        call = alice.call("dave")
        check("alice calls dave", hasattr(call, "call_id"), call.call_id if hasattr(call, "call_id") else call)
        calls = [call, dave.calls[call.call_id]]
        wait_for_voice("the call", *calls)

        other_overlay([first, second, stranger])
        tap = Wiretap(ethernet.switch, ["p-host-1", "p-host-2"])
        attack(ethernet.switch, [first, second], calls, tap, random.Random(options.seed), options.seconds)
        pulled_cable(ethernet, first, second, (alice, dave), calls)
        check("alice hangs up", alice.hang_up(call).status == 200)
        check("all nodes live", all(node.alive() for node in nodes))
        check("and stop when told", [node.stop() for node in nodes] == [0, 0, 0])
    return 0


sys.exit(main())
