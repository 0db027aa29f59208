# SPDX-License-Identifier: Apache-2.0
"""What the tests around muster-sim share: the machine's fitness, a run in the background, captures, recordings."""
import ctypes
import glob
import json
import math
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIP = 77


def missing(programs=("ip", "baresip")):
    """One line about what this machine lacks to emulate, with the remedy; None if nothing."""
    if os.geteuid() != 0:
        return "root is needed for network namespaces; run it with sudo"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun is missing; modprobe tun, or start the container with --device /dev/net/tun --cap-add NET_ADMIN"
    for program in programs:
        if shutil.which(program) is None:
            package = {"ip": "iproute2", "baresip": "baresip-core"}.get(program, program)
            return f"{program} is missing; apt-get install {package}"
    name = f"msttest{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        return "network namespaces are not allowed here; start the container with --privileged"
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return None


def build_directory():
    return Path(os.environ.get("MUSTER_BUILD", ROOT / "build/release")).resolve()


def skip(reason):
    print(reason)
    sys.exit(SKIP)


def require(build, programs=("muster-sim", "musterd", "muster"), tools=("ip", "baresip")):
    """Ends the test as skipped unless it can run here."""
    reason = missing(tools)
    if reason:
        skip(reason)
    for program in programs:
        if not os.access(build / program, os.X_OK):
            skip(f"{build / program} is not built; ./run build")


def in_namespace(name, work):
    """Runs `work` in a thread inside the network namespace; sockets it opens stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = []

    def body():
        with open(f"/run/netns/{name}") as handle:
            if libc.setns(handle.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), f"setns {name}")
        result.append(work())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return result[0]


class Emulation:
    """`muster-sim emulate` in the background, its timeline as it comes. `scenario` is a path, or the text of one. `typed`: orders
    can be typed in."""

    def __init__(self, build, scenario, *options, echo=False, program=("muster-sim", "emulate"), typed=False):
        self.directory = Path(tempfile.mkdtemp(prefix="mst-"))
        self.events_file = self.directory / "events.jsonl"
        self.report_file = self.directory / "report.jsonl"
        self.capture = self.directory / "air.pcap"
        self.run_directory = self.directory / "run"
        self.events_file.touch()
        if "\n" in str(scenario):
            (self.directory / "scenario.toml").write_text(scenario)
            scenario = self.directory / "scenario.toml"
        self.process = subprocess.Popen(
            [str(build / program[0]), *program[1:], str(scenario), "--builds", str(build), "--dir", str(self.run_directory),
             "--pcap", str(self.capture), "--out", str(self.report_file), "--json-events", str(self.events_file), *options],
            stdin=subprocess.PIPE if typed else None, stdout=None if echo else open(self.directory / "output", "w"),
            stderr=subprocess.STDOUT)

    def type_in(self, line):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if kind is None:
            shutil.rmtree(self.directory, ignore_errors=True)
        else:
            print(f"kept for a look: {self.directory}", file=sys.stderr)

    def events(self, kind=None):
        whole = [line for line in self.events_file.read_text().splitlines(keepends=True) if line.endswith("\n")]
        found = [json.loads(line) for line in whole]
        return [event for event in found if kind in (None, event["kind"])]

    def wait_for(self, kind, seconds=60, test=lambda event: True):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for event in self.events(kind):
                if test(event):
                    return event
            if self.process.poll() is not None:
                raise AssertionError(f"muster-sim ended ({self.process.returncode}) before '{kind}':\n{self.output()}")
            time.sleep(0.05)
        raise AssertionError(f"no '{kind}' within {seconds} s:\n{self.output()}")

    def output(self):
        path = self.directory / "output"
        return path.read_text() if path.exists() else ""

    def report(self):
        return json.loads(self.report_file.read_text().splitlines()[-1])

    def talk_seconds(self):
        """From the call's establishment to its end, of the only call."""
        established, ended = self.events("established"), self.events("call_ended")
        return ended[0]["t"] - established[0]["t"] if established and ended else 0.0

    def ask(self, build, host, question):
        """What `muster QUESTION --json` says at a running node."""
        socket = self.run_directory / host / "state" / "control.sock"
        answer = subprocess.run([str(build / "muster"), question, "--control", f"ipc://{socket}", "--json"], check=True,
                                capture_output=True, text=True, timeout=10)
        return json.loads(answer.stdout)

    def recordings(self, user):
        """What the user's phone played, oldest first."""
        return sorted(glob.glob(str(self.run_directory / "phones" / user / "dump-*-dec.wav")))


def samples_of(path):
    """(samples of the first channel, rate); reads what is there even if the header was never finished."""
    raw = Path(path).read_bytes()
    try:
        with wave.open(str(path)) as sound:
            channels, rate = sound.getnchannels(), sound.getframerate()
    except (wave.Error, EOFError):
        return [], 8000
    data = raw[44:]
    values = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])
    return values[::channels], rate


def tone_power(samples, rate, hz):
    """Goertzel: the share of the samples' energy at `hz`, 0..1."""
    if not samples:
        return 0.0
    energy = sum(value * value for value in samples)
    if energy == 0:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hz / rate)
    before = last = 0.0
    for value in samples:
        before, last = last, value + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return 2 * power / (len(samples) * energy)


def tone_windows(path, hz, window_s=0.1):
    """For each window of the recording, whether most of what was heard is the tone."""
    samples, rate = samples_of(path)
    size = int(rate * window_s)
    return [tone_power(samples[start:start + size], rate, hz) > 0.5 for start in range(0, len(samples) - size + 1, size)]


def pcap_frames(path):
    """(seconds, frame) of a capture of muster-sim."""
    data = Path(path).read_bytes()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D, "not a capture with nanoseconds"
    place = 24
    while place + 16 <= len(data):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", data, place)
        yield seconds + nanoseconds / 1e9, data[place + 16:place + 16 + length]
        place += 16 + length


def names_in_the_clear(users, domain="drill.example"):
    """What a listener must not find. Short names only with what would stand beside them (an at sign, a length octet):
    three letters alone come up in megabytes of noise."""
    words = [domain.encode(), b"sip/2.0", b"invite ", b"cseq:"]
    for user in users:
        name = user.encode()
        words += [b"sip:" + name, name + b"@", bytes([len(name)]) + name, user.encode("utf-16-le")]
        if len(name) >= 5:
            words.append(name)
    return words


def found_in_the_clear(path, words):
    """Those of `words` (bytes, any case) that are readable in some frame of the capture."""
    found = set()
    wanted = {word.lower() for word in words}
    frames = 0
    for _, frame in pcap_frames(path):
        frames += 1
        lower = frame.lower()
        found |= {word for word in wanted - found if word in lower}
    assert frames > 0, f"{path}: an empty capture proves nothing"
    return sorted(found)
