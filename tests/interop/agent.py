#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The built-in phone against baresip, without a node between them: calls both ways with tones checked at both ends,
and messages both ways."""
import array
import glob
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

MUSTER = Path(os.environ.get("MUSTER_BUILD", "build/release")).resolve() / "muster"
BARESIP_TONE, AGENT_TONE = 440, 880
TALK_S = 4

CONFIG = """poll_method epoll
sip_listen 127.0.0.1:{sip}
audio_player aufile,{dir}/out.wav
audio_source ausine,{tone}
audio_alert aufile,{dir}/alert.wav
audio_srate 8000-48000
ausrc_srate 48000
ausrc_channels 2
snd_path {dir}
audio_buffer 20-160
module_path {modules}
module stdio.so
module g711.so
module opus.so
module ausine.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


def skip(reason: str) -> None:
    print(reason)
    sys.exit(77)


def check(held: bool, sentence: str) -> None:
    print(("held:   " if held else "FAILED: ") + sentence)
    if not held:
        raise AssertionError(sentence)


def free_ports(kind: int) -> int:
    """A free port whose successor is free too: baresip takes both."""
    while True:
        with socket.socket(socket.AF_INET, kind) as one, socket.socket(socket.AF_INET, kind) as two:
            one.bind(("127.0.0.1", 0))
            try:
                two.bind(("127.0.0.1", one.getsockname()[1] + 1))
                return one.getsockname()[1]
            except OSError:
                continue


def write_tone(path: Path, hertz: float, seconds: float) -> None:
    samples = array.array("h", (int(8000 * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(int(8000 * seconds))))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())


def share_of_tone(path: str, hertz: float) -> float:
    """How much of the recording's power is at that frequency, by the best of its half seconds (Goertzel)."""
    with wave.open(path, "rb") as recorded:
        rate, channels = recorded.getframerate(), recorded.getnchannels()
        samples = array.array("h", recorded.readframes(recorded.getnframes()))[::channels]
    size, best = rate // 2, 0.0
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    for start in range(0, len(samples) - size, size):
        before = last = power = 0.0
        for sample in samples[start:start + size]:
            before, last = last, sample + turn * last - before
            power += sample * sample
        if power > 0:
            best = max(best, 2 * (last * last + before * before - turn * last * before) / (power * size))
    return best


class Baresip:
    def __init__(self, folder: Path, other: str, codecs: str):
        modules = glob.glob("/usr/lib/baresip/modules") + glob.glob("/usr/lib/*/baresip/modules")
        folder.mkdir()
        self.folder = folder
        self.sip, control = free_ports(socket.SOCK_DGRAM), free_ports(socket.SOCK_STREAM)
        (folder / "config").write_text(CONFIG.format(sip=self.sip, dir=folder, tone=BARESIP_TONE, modules=modules[0],
                                                     control=control))
        (folder / "accounts").write_text(
            f"<sip:bob@127.0.0.1:{self.sip};transport=udp>;regint=0;answermode=auto;audio_codecs={codecs}\n")
        (folder / "contacts").write_text(f'"Agent" <{other}>\n')
        (folder / "uuid").write_text("")
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(["baresip", "-4", "-s", "-f", str(folder)], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        until = time.monotonic() + 20
        while True:
            try:
                self.control = socket.create_connection(("127.0.0.1", control), timeout=1)
                break
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise AssertionError("baresip did not start: " + (folder / "log").read_text(errors="replace"))
                time.sleep(0.1)
        self.unread, self.events = b"", []

    def command(self, name: str, parameters: str) -> None:
        text = json.dumps({"command": name, "params": parameters, "token": "t"}).encode()
        self.control.sendall(str(len(text)).encode() + b":" + text + b",")

    def wait_for(self, wanted, seconds: float):
        """The first event, from now or before, that `wanted` accepts."""
        until = time.monotonic() + seconds
        while True:
            for event in self.events:
                if wanted(event):
                    return event
            if time.monotonic() > until:
                return None
            self.control.settimeout(0.2)
            try:
                self.unread += self.control.recv(65536)
            except socket.timeout:
                continue
            while b":" in self.unread:
                size, _, rest = self.unread.partition(b":")
                if len(rest) <= int(size):
                    break
                self.events.append(json.loads(rest[:int(size)]))
                self.unread = rest[int(size) + 1:]

    def recording(self) -> str:
        """The newest of what it has heard."""
        return max(glob.glob(str(self.folder / "dump-*-dec.wav")), key=os.path.getmtime)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_) -> None:
        if kind is not None:
            print((self.folder / "log").read_text(errors="replace")[-4000:])
        self.stop()

    def stop(self) -> None:
        self.control.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Listener:
    """muster listen."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([str(MUSTER), "listen", "--as", "agent", "--direct", "--json", *map(str, arguments)],
                                        stdout=subprocess.PIPE, text=True)

    def event(self, name: str) -> dict:
        """Reads on until that event; the program's --for ends a wait in vain."""
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError(f"muster listen ended without '{name}'")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def baresip_calls(bob: Baresip, here: Path, port: int, tone: Path, expected: str) -> None:
    heard = here / "heard-by-listen.wav"
    agent = Listener("--listen", f"127.0.0.1:{port}", "--wav-in", tone, "--wav-out", heard, "--once", "--for", "40s")
    try:
        agent.event("listening")
        bob.command("dial", f"sip:agent@127.0.0.1:{port}")
        codec = agent.event("talking")["codec"]
        check(codec == expected, f"they talk in {codec}")
        time.sleep(TALK_S)  # they talk
        bob.command("hangup", "")
        ended = agent.event("call_ended")
        check(ended["cause"] == "hung_up_there" and agent.process.wait(10) == 0, "baresip calls, muster listen answers")
    finally:
        agent.stop()
    check(share_of_tone(str(heard), BARESIP_TONE) > 0.9, "muster listen has recorded baresip's tone")
    check(share_of_tone(bob.recording(), AGENT_TONE) > 0.9, "baresip has recorded the tone of muster listen")


def agent_calls(bob: Baresip, here: Path, tone: Path, expected: str) -> None:
    heard = here / "heard-by-call.wav"
    for old in glob.glob(str(bob.folder / "dump-*")):
        os.remove(old)
    done = subprocess.run([str(MUSTER), "call", f"bob@127.0.0.1:{bob.sip}", "--as", "agent", "--direct", "--wav-in",
                           str(tone), "--wav-out", str(heard), "--json"], timeout=60, capture_output=True, text=True)
    print(done.stderr, end="")
    codecs = [event["codec"] for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "talking"]
    check(codecs == [expected], f"muster call talks in {codecs}")
    check(done.returncode == 0, "muster call calls baresip and hangs up at the end of its file")
    check(share_of_tone(str(heard), BARESIP_TONE) > 0.9, "muster call has recorded baresip's tone")
    check(share_of_tone(bob.recording(), AGENT_TONE) > 0.9, "baresip has recorded the tone of muster call")


def messages(bob: Baresip, port: int) -> None:
    done = subprocess.run([str(MUSTER), "message", f"bob@127.0.0.1:{bob.sip}", "--as", "agent", "--direct"],
                          input="Bridge closed\n", capture_output=True, text=True, timeout=40)
    check((done.returncode, done.stdout) == (0, "delivered\n"), "muster message is delivered: " + done.stderr)
    shown = bob.wait_for(lambda event: "Bridge closed" in json.dumps(event), 5) or "Bridge closed" in (
        bob.folder / "log").read_text(errors="replace")
    check(bool(shown), "baresip shows it")
    agent = Listener("--listen", f"127.0.0.1:{port}", "--once", "--for", "30s")
    try:
        agent.event("listening")
        bob.command("message", "Understood")
        check(agent.event("message")["text"] == "Understood", "muster listen shows baresip's message")
    finally:
        agent.stop()


def refusals(port: int) -> None:
    agent = Listener("--listen", f"127.0.0.1:{port}", "--for", "30s")
    try:
        agent.event("listening")
        done = subprocess.run([str(MUSTER), "call", "x@127.0.0.1", "--as"], capture_output=True, text=True, timeout=20)
        check(done.returncode == 2, "bad usage is exit code 2")
        agent.process.send_signal(2)
        check(agent.process.wait(10) == 0, "Ctrl-C ends muster listen in good order")
    finally:
        agent.stop()


def main() -> None:
    if not MUSTER.exists():
        skip(f"{MUSTER} is not built")
    if shutil.which("baresip") is None:
        skip("baresip is not installed (Debian: baresip-core)")
    with tempfile.TemporaryDirectory(prefix="muster-agent-") as name:
        here = Path(name)
        tone = here / "tone.wav"
        write_tone(tone, AGENT_TONE, TALK_S)
        port = free_ports(socket.SOCK_DGRAM)
        for codecs, expected in (("opus/48000/2,pcmu", "opus"), ("pcmu,opus/48000/2", "PCMU"), ("pcma", "PCMA")):
            folder = here / expected
            folder.mkdir()
            with Baresip(folder / "bob", f"sip:agent@127.0.0.1:{port}", codecs) as bob:
                # Whoever offers says what is preferred, and we offer Opus first.
                baresip_calls(bob, folder, port, tone, expected)
                agent_calls(bob, folder, tone, "PCMA" if expected == "PCMA" else "opus")
                if expected == "opus":
                    messages(bob, port)
        refusals(port)


main()
