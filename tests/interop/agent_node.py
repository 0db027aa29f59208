#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""muster listen, call and message through a real musterd on this machine, with the credentials of its kit."""
import array
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

BUILD = Path(os.environ.get("MUSTER_BUILD", "build/release")).resolve()
MUSTER, MUSTERD = BUILD / "muster", BUILD / "musterd"
TONE = 600


def check(held: bool, sentence: str) -> None:
    print(("held:   " if held else "FAILED: ") + sentence)
    if not held:
        sys.exit(1)


def muster(here: Path, *words, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(MUSTER), *map(str, words)], cwd=here, capture_output=True, text=True, timeout=60, **options)


def provision(here: Path) -> None:
    (here / "secret").write_text("correct horse battery\n")
    os.chmod(here / "secret", 0o600)
    for words in (["pki", "init", "drill.example"], ["pki", "node", "host-1"],
                  ["pki", "user", "alice", "dave", "--homes", "host-1"],
                  ["kit", "make", "host-1", "-o", "host-1.kit", "--passphrase-file", "secret"],
                  ["kit", "install", "host-1.kit", "--state", "state", "--passphrase-file", "secret"]):
        done = muster(here, *words)
        if done.returncode != 0:
            check(False, f"{' '.join(words)}: {done.stderr}")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start_node(here: Path, port: int) -> subprocess.Popen:
    (here / "musterd.toml").write_text(f"""[state]
directory = "{here}/state"
[control]
socket = "ipc://{here}/state/control.sock"
[sip]
listen = "127.0.0.1:{port}"
[media]
ports = [28000, 28099]
""")
    node = subprocess.Popen([str(MUSTERD), "--config", str(here / "musterd.toml")], stdout=open(here / "log", "wb"),
                            stderr=subprocess.STDOUT)
    until = time.monotonic() + 20
    while muster(here, "status", "--state", here / "state").returncode != 0:
        if node.poll() is not None or time.monotonic() > until:
            check(False, "musterd starts: " + (here / "log").read_text(errors="replace"))
        time.sleep(0.1)
    return node


def write_tone(path: Path, seconds: float) -> None:
    samples = array.array("h", (int(8000 * math.sin(2 * math.pi * TONE * i / 8000)) for i in range(int(8000 * seconds))))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())


def seconds_of_tone(path: Path) -> float:
    """How long the recording crosses zero upwards at the tone's frequency, in steps of 100 ms."""
    with wave.open(str(path), "rb") as recorded:
        samples, size = array.array("h", recorded.readframes(recorded.getnframes())), recorded.getframerate() // 10
    good = 0
    for start in range(0, len(samples) - size, size):
        part = samples[start:start + size]
        crossings = sum(1 for a, b in zip(part, part[1:]) if a < 0 <= b)
        good += abs(crossings - TONE / 10) <= 2 and max(part) > 4000
    return good / 10


class Listener:
    def __init__(self, here: Path, user: str, port: int, *more):
        self.process = subprocess.Popen([str(MUSTER), "listen", "--as", user, "--state", "state", "--registrar",
                                         f"127.0.0.1:{port}", "--json", "--for", "60s", *map(str, more)],
                                        cwd=here, stdout=subprocess.PIPE, text=True)

    def event(self, name: str) -> dict:
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == name:
                return event
        check(False, f"muster listen says '{name}'")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code


def messages_wait(here: Path, common: list, port: int) -> None:
    sent = muster(here, "message", "dave", "--text", "first", *common)
    check((sent.returncode, sent.stdout) == (0, "stored: it will be delivered when dave is reachable\n"),
          f"a message to somebody who is away is stored: {sent.stdout}{sent.stderr}")
    dave = Listener(here, "dave", port)
    dave.event("registered")
    check(dave.event("message")["text"] == "first", "and delivered when he is back")
    sent = muster(here, "message", "sip:dave@drill.example", *common, input="second\n")
    check((sent.returncode, sent.stdout) == (0, "delivered\n"), f"the next is delivered: {sent.stdout}{sent.stderr}")
    check(dave.event("message")["text"] == "second", "and shown")
    check(dave.stop() == 0, "muster listen signs off at SIGTERM")


def calls(here: Path, common: list, port: int) -> None:
    away = muster(here, "call", "dave", *common)
    check(away.returncode == 1 and "480" in away.stderr, f"a call to somebody who is away says why: {away.stderr.strip()}")
    write_tone(here / "tone.wav", 3)
    dave = Listener(here, "dave", port, "--once", "--wav-in", "tone.wav", "--wav-out", "dave.wav")
    dave.event("registered")
    call = muster(here, "call", "dave", *common, "--wav-in", "tone.wav", "--wav-out", "alice.wav")
    check(call.returncode == 0, f"a call through the node: {call.stderr}")
    check(dave.process.wait(10) == 0, "muster listen --once ends with the call")
    check(seconds_of_tone(here / "dave.wav") >= 2.5, "the one who listens has heard the caller's tone")
    check(seconds_of_tone(here / "alice.wav") >= 2.5, "and the caller his")
    dave.stop()


def main() -> None:
    for program in (MUSTER, MUSTERD):
        if not program.exists():
            print(f"{program} is not built")
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="muster-agent-") as name:
        here = Path(name)
        provision(here)
        port = free_port()
        node = start_node(here, port)
        try:
            common = ["--as", "alice", "--state", "state", "--registrar", f"127.0.0.1:{port}"]
            messages_wait(here, common, port)
            calls(here, common, port)
        finally:
            node.terminate()
            node.wait(10)
    silent = muster(Path("/"), "message", "x@drill.example", "--as", "a", "--direct", "--text", "x")
    check(silent.returncode == 1 and "IP address" in silent.stderr, "--direct to a name is refused")


main()
