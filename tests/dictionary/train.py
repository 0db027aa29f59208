#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the dictionary by which nodes pack what they say to each other (core/wire/message_packer.hpp).

usage: train.py --build build/release --out core/wire/dictionary/N.zdict

The samples are the project's own: what phones and nodes say in drills of the simulator (with modelled cryptography
frames are legible), the SIP that the tests quote, and samples/, in which names and headers are arranged as baresip and
Linphone do it. Whoever trains a new one gives it a new number: nodes that know
only the old one go on with that.
"""
import argparse
import hashlib
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

DICTIONARY_BYTES = 6144
BEGIN = re.compile(rb"(?:[A-Z]{3,10} sips?:[^\s]+ SIP/2\.0\r\n|SIP/2\.0 [1-6][0-9]{2} [^\r\n]*\r\n)")
LENGTH = re.compile(rb"\r\n(?:Content-Length|l)\s*:\s*(\d+)", re.I)
NAMES = ["alice", "bob", "carol", "dave", "medic-1", "ops", "user-17", "relay.north"]
DRILL = """
[scenario]
name = "samples"
duration = "4m"
seed = {seed}
[medium]
kind = "matrix"
bitrate = "2Mbit/s"
mtu = 1200
delay = "3ms"
[hosts]
count = {hosts}
layout = "mesh"
users_per_host = 1
[security]
crypto = "modelled"
[workload]
stop = "200s"
messages = {{ total = {messages}, payload_bytes = {payload}, pattern = "any_to_any" }}
calls = {{ total = {calls}, talk = "2s", pattern = "any_to_any" }}
"""


def captured(build: Path, seed: int) -> list[bytes]:
    """What nodes said to each other in one drill."""
    with tempfile.TemporaryDirectory() as folder:
        drill = Path(folder) / "drill.toml"
        drill.write_text(DRILL.format(seed=seed, hosts=3 + seed % 4, messages=20, payload=20 + 40 * (seed % 5), calls=12))
        pcap = Path(folder) / "drill.pcap"
        subprocess.run([build / "muster-sim", "run", drill, "--pcap", pcap], check=True, stdout=subprocess.DEVNULL)
        return [sample for frame in frames(pcap.read_bytes()) for sample in sip_in(frame)]


def frames(pcap: bytes):
    order = "<" if pcap[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(pcap):
        size = struct.unpack(order + "I", pcap[at + 8:at + 12])[0]
        yield pcap[at + 16:at + 16 + size]
        at += 16 + size


def sip_in(text: bytes):
    for begin in BEGIN.finditer(text):
        head = text.find(b"\r\n\r\n", begin.start())
        if head < 0:
            continue
        length = LENGTH.search(text, begin.start(), head)
        body = int(length.group(1)) if length else 0
        whole = text[begin.start():head + 4 + body]
        if len(whole) == head + 4 + body - begin.start():
            yield whole


def quoted(source: Path) -> list[bytes]:
    """SIP in the string literals of the tests."""
    samples = []
    for path in sorted(source.glob("tests/sip/*.cpp")) + sorted(source.glob("tests/fuzz/*.hpp")):
        literals = re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text())
        text = "".join(literals).encode().decode("unicode_escape", "replace").encode("latin-1", "replace")
        samples += list(sip_in(text))
    # Each is one of many that such phones will send.
    return samples + 12 * [path.read_bytes() for path in sorted((source / "tests/dictionary/samples").glob("*.sip"))]


def chance(value: bytes, number: int) -> bytes:
    fresh = hashlib.sha256(value + b"%d" % number).hexdigest().encode()
    return value[:7] + fresh[:len(value) - 7] if value.startswith(b"z9hG4bK") else fresh[:len(value)]


def varied(sample: bytes, number: int) -> bytes:
    """No name, address or chance value of the samples is worth a place in the dictionary."""
    turn = NAMES[number % len(NAMES)].encode()
    sample = re.sub(rb"\b(alice|bob|carol|dave|user-\d+)\b", lambda m: turn if m.group(1) == b"alice" else NAMES[(number * 3 + 1) % len(NAMES)].encode(), sample)
    sample = re.sub(rb"172\.16\.\d+\.\d+", b"10.%d.%d.%d" % (number * 7 % 256, number * 13 % 256, number * 29 % 250 + 2), sample)
    sample = re.sub(rb"(?<=tag=)[0-9a-f]{12,16}|z9hG4bK[0-9a-f]{12,16}|(?<=Call-ID: )[0-9a-f]{12,16}", lambda m: chance(m.group(0), number), sample)
    return re.sub(rb"drill\.example", (b"drill.example", b"field.example.org", b"team-%d.example" % number)[number % 3], sample)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="where muster-sim is")
    parser.add_argument("--out", type=Path, required=True, help="the dictionary to write")
    options = parser.parse_args()
    samples = quoted(Path(__file__).resolve().parents[2])
    for seed in range(1, 13):
        samples += captured(options.build.resolve(), seed)
    if len(samples) < 100:
        print(f"train: only {len(samples)} samples; is {options.build}/muster-sim built?", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for number, sample in enumerate(samples):
            (Path(folder) / f"{number:05}").write_bytes(varied(sample, number))
        subprocess.run(["zstd", "-q", "--train", "-r", folder, f"--maxdict={DICTIONARY_BYTES}", "-o", options.out, "-f"], check=True)
    print(f"{len(samples)} samples, {options.out.stat().st_size} octets in {options.out}")
    return 0


sys.exit(main())
