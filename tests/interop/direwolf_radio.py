# SPDX-License-Identifier: Apache-2.0
"""Stations of packet radio without radios: two unmodified direwolf, each in a machine of its own, joined by sound. What one
sends, ALSA's file plug-in writes to a pipe; a thread copies it in real time to the other's standard input, silence between."""
import fcntl
import os
import select
import socket
import subprocess
import threading
import time

from machines import die_with_parent, wait_until

RATE = 44100
CHUNK_S = 0.02
CHUNK = int(RATE * CHUNK_S) * 2  # 16 bit, mono
F_SETPIPE_SZ = 1031
KISS_PORT = 8001


class Station:
    def __init__(self, machine, call_sign, modem):
        self.machine = machine
        home = machine.home
        fifo = home / "sound"
        os.mkfifo(fifo)
        # Replaces the whole configuration of ALSA.
        (home / "asound.conf").write_text(f'pcm.sink {{ type null }}\npcm.radio {{ type file slave.pcm sink file "{fifo}" format raw }}\n')
        (home / "direwolf.conf").write_text(
            f"ADEVICE stdin radio\nARATE {RATE}\nACHANNELS 1\nCHANNEL 0\nMYCALL {call_sign}\nMODEM {modem}\nAGWPORT 0\n"
            f"KISSPORT {KISS_PORT}\nDWAIT 0\nTXDELAY 20\nTXTAIL 5\nPERSIST 255\nSLOTTIME 1\nFULLDUP ON\n")
        # For reading and writing: never a pipe that nobody reads. The null device takes a whole frame at once.
        self.sound = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.sound, F_SETPIPE_SZ, 1 << 20)
        self.log = open(home / "direwolf.log", "ab")
        self.start()

    def start(self):
        environment = {**self.machine.environment(), "ALSA_CONFIG_PATH": str(self.machine.home / "asound.conf")}
        self.process = subprocess.Popen(self.machine.inside("direwolf", "-t", "0", "-q", "d", "-c", "direwolf.conf"),
                                        stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, env=environment,
                                        preexec_fn=die_with_parent)
        self.machine.programs.append(self.process)

    def listens(self):
        assert self.process.poll() is None, f"direwolf of {self.machine.name} ended: {(self.machine.home / 'direwolf.log').read_text()}"

        def connect():
            try:
                socket.create_connection(("127.0.0.1", KISS_PORT), 1).close()
                return True
            except OSError:
                return False
        return self.machine.sockets(connect)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Ether:
    """The sound between two stations, in both directions."""

    def __init__(self, first, second):
        self.over = threading.Event()
        self.heard_s = {first.machine.name: 0.0, second.machine.name: 0.0}
        self.threads = [threading.Thread(target=self.carry, args=pair, daemon=True) for pair in ((first, second), (second, first))]
        for thread in self.threads:
            thread.start()
        wait_until("both direwolf listen", lambda: first.listens() and second.listens(), 20)

    def carry(self, sender, receiver):
        due, sound = time.monotonic(), b""
        while not self.over.is_set():
            while len(sound) < CHUNK and select.select([sender.sound], [], [], 0)[0]:
                sound += os.read(sender.sound, CHUNK - len(sound))
            chunk, sound = sound[:CHUNK], sound[CHUNK:]
            self.heard_s[sender.machine.name] += len(chunk) / 2 / RATE
            try:
                receiver.process.stdin.write(chunk + bytes(CHUNK - len(chunk)))
                receiver.process.stdin.flush()
            except (BrokenPipeError, ValueError):
                pass  # it is being restarted
            due += CHUNK_S
            self.over.wait(max(0, due - time.monotonic()))

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(5)
