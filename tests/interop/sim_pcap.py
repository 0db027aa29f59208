#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`muster sim run --pcap` and docs/wireshark/muster.lua, read by the real tshark: every datagram is taken apart, and what is
malformed is said to be."""
import collections
import struct
import subprocess
import sys

from emulator_support import pcap_frames
from sim_support import ROOT, Workshop, check, require

SCRIPT = ROOT / "docs/wireshark/muster.lua"
HEADERS = 14 + 20 + 8
XX_FIRST, XX_SECOND, XX_THIRD, IK_FIRST, DATA, BROADCAST = 2, 3, 4, 5, 16, 18


def fields(path, *names, show="muster", extra=()):
    """One tuple per frame that `show` takes; several values of a field are joined with commas."""
    words = ["tshark", "-r", str(path), "-X", f"lua_script:{SCRIPT}", "-Y", show, "-T", "fields", *extra]
    for name in names:
        words += ["-e", name]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0 or "Lua" in done.stderr:
        check(f"tshark reads {' '.join(names)}", False, done.stderr.strip()[-300:])
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def with_frames(path, template, datagrams):
    """A capture of these datagrams under the headers of a frame that is there; checksums are left out."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for datagram in datagrams:
            frame = bytearray(template[:HEADERS]) + datagram
            struct.pack_into(">H", frame, 16, 28 + len(datagram))
            struct.pack_into(">H", frame, 38, 8 + len(datagram))
            struct.pack_into(">H", frame, 40, 0)
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def whole_run(shop):
    # All hear each other: with fewer than three listeners nothing is broadcast but beacons.
    shop.sim("run", ROOT / "sim/scenarios/chain-of-four.toml", "--set", "hosts.layout=mesh", "--pcap", "air.pcap", "--out", "air.jsonl")
    capture = shop.path / "air.pcap"
    frames = [frame for _, frame in pcap_frames(capture)]
    types = collections.Counter(str(frame[HEADERS]) for frame in frames)
    seen = fields(capture, "frame.number", "muster.type")
    check("every datagram is Muster's", len(seen) == len(frames), len(frames))
    check("of the type that it is", collections.Counter(kind for _, kind in seen) == types, dict(types))
    check("there are beacons, handshakes, frames and broadcasts", {"1", "5", "6", "16", "18"} <= set(types))
    bad = fields(capture, "frame.number", extra=("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"),
                 show="_ws.malformed || muster.too_short || muster.unknown || ip.checksum.status != 1 || udp.checksum.status != 1")
    check("none is malformed, every checksum is right", not bad, bad[:3] or "")
    return capture, frames


def single_fields(capture, frames):
    beacon = fields(capture, "muster.beacon.salt", "muster.beacon.counter", show="muster.type == 1")[0]
    raw = next(frame for frame in frames if frame[HEADERS] == 1)[HEADERS:]
    check("a beacon's salt and counter", beacon == (raw[1:17].hex(), str(int.from_bytes(raw[17:25], "big"))), beacon)
    first = fields(capture, "muster.sender_index", "muster.noise.ephemeral", "muster.mac", show="muster.type == 5")[0]
    raw = next(frame for frame in frames if frame[HEADERS] == IK_FIRST)[HEADERS:]
    check("a handshake's index, ephemeral key and MAC", first == (f"0x{raw[1:5].hex()}", raw[9:41].hex(), raw[-16:].hex()), first[0])
    data = fields(capture, "muster.receiver_index", "muster.counter", "muster.sealed.length", "muster.tag", show="muster.type == 16")[0]
    raw = next(frame for frame in frames if frame[HEADERS] == DATA)[HEADERS:]
    check("a frame's index, counter, length and tag",
          data == (f"0x{raw[1:5].hex()}", str(int.from_bytes(raw[5:9], "big")), str(len(raw) - 25), raw[-16:].hex()), data[:3])
    key = fields(capture, "muster.broadcast.key", show="muster.type == 18")[0]
    raw = next(frame for frame in frames if frame[HEADERS] == BROADCAST)[HEADERS:]
    check("a broadcast's sender key", key == (f"0x{raw[1:5].hex()}",), key)
    data = fields(capture, "frame.number", "muster.handshake", "ip.dst", "muster.receiver_index", show="muster.type == 16")
    pointing = [row for row in data if row[1]]
    check("every frame points to the handshake of its session", len(pointing) == len(data), f"{len(pointing)} of {len(data)}")
    number, handshake, receiver, index = pointing[-1]
    there = fields(capture, "ip.src", "muster.sender_index", show=f"frame.number == {handshake}")
    check("which is the one that gave the index", there == [(receiver, index)], f"{number} -> {handshake}")


def malformed(shop, frames):
    datagrams = [frame[HEADERS:] for frame in frames[:400]]
    shown = {}
    for datagram in datagrams:
        shown.setdefault(datagram[0], datagram)
    cut = [datagram[:size] for datagram in shown.values() for size in range(1, min(len(datagram), 160))]
    capture = shop.path / "cut.pcap"
    with_frames(capture, frames[0], cut)
    rows = fields(capture, "muster.type", "muster.too_short")
    check("datagrams cut anywhere are read, and those too short said to be", len(rows) == len(cut) and any(row[1] for row in rows),
          f"{sum(bool(row[1]) for row in rows)} of {len(cut)}")
    check("without an error of the dissector", not fields(capture, "frame.number", show="_ws.lua.error || (_ws.malformed && !muster.too_short)"))
    made = {kind: bytes([kind]) + bytes(range(1, size)) for kind, size in ((XX_FIRST, 57), (XX_SECOND, 180), (XX_THIRD, 148))}
    with_frames(capture, frames[0], made.values())
    rows = fields(capture, "muster.noise.ephemeral", "muster.noise.static", "muster.noise.payload", "muster.mac")
    key, static = bytes(range(9, 41)).hex(), bytes(range(9, 57)).hex()
    check("first meetings", rows[0][:3] == (key, "", "") and rows[1][0] == key and len(rows[1][1]) == 96 and len(rows[1][2]) == 2 * (180 - 9 - 32 - 48 - 16)
          and rows[2][:2] == ("", static) and rows[2][3] == bytes(range(132, 148)).hex())
    cookied = bytes([9]) + bytes(16) + made[XX_FIRST]
    with_frames(capture, frames[0], [cookied, bytes([8]) + bytes(48), bytes([99]), bytes([0]), bytes([17]) + bytes(24)])
    rows = fields(capture, "muster.type", "muster.cookie.proof", "muster.unknown")
    check("cookies, what is in them, and unknown types", [row[0] for row in rows] == ["9,2", "8", "99", "0", "17"]
          and rows[0][1] == bytes(16).hex() and rows[2][2] and rows[3][2], rows)


def main():
    require(("tshark", "tshark"))
    with Workshop() as shop:
        capture, frames = whole_run(shop)
        single_fields(capture, frames)
        malformed(shop, frames)
    return 0


sys.exit(main())
