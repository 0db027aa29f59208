# SPDX-License-Identifier: Apache-2.0
"""baresip without a sound card, as somebody's phone: its control port, its SIP trace and its recordings."""
import glob
import json
import os
import pty
import re
import socket
import subprocess
import threading

from machines import die_with_parent, wait_until

MODULES = next((path for path in ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
                                  "/usr/local/lib/baresip/modules") if os.path.isdir(path)), "/usr/lib/baresip/modules")
CONTROL_PORT = 4444


class Baresip:
    def __init__(self, machine, user, password, domain, contacts, hz, port=5070, answer="auto", transport="udp", instance=""):
        self.machine, self.user, self.domain = machine, user, domain
        self.contacts = contacts
        self.contact = 0
        self.events = []
        self.shown = ""
        folder = machine.home / f"phone-{user}-{len(list(machine.home.glob('phone-*')))}"
        folder.mkdir()
        self.folder = folder
        # The tone needs exactly these settings of the source, else baresip 1.0 falls silent without a word.
        text = (f"poll_method epoll\nsip_listen {machine.phone_address}:{port}\nsip_trans_def {transport}\ncall_local_timeout 120\n"
                f"audio_player aufile,{folder}/out.wav\naudio_source ausine,{hz}\naudio_alert aufile,{folder}/alert.wav\n"
                f"audio_srate 8000-48000\nsnd_path {folder}\nausrc_srate 48000\nausrc_channels 2\nausrc_format s16\n"
                f"auplay_format s16\nauenc_format s16\naudec_format s16\naudio_buffer 20-160\nrtp_stats yes\n"
                f"rtp_ports 30000-30999\nctrl_tcp_listen 127.0.0.1:{CONTROL_PORT}\nmodule_path {MODULES}\n")
        text += "".join(f"module {name}.so\n" for name in ("stdio", "g711", "ausine", "aufile", "sndfile"))
        text += "".join(f"module_tmp {name}.so\n" for name in ("uuid", "account"))
        text += "".join(f"module_app {name}.so\n" for name in ("contact", "debug_cmd", "menu", "ctrl_tcp"))
        (folder / "config").write_text(text)
        (folder / "accounts").write_text(f'<sip:{user}@{domain}>;outbound="sip:{machine.phone_address}:5060;transport={transport}";'
                                         f"auth_pass={password};regint=60;answermode={answer};audio_codecs=pcmu\n")
        (folder / "contacts").write_text("".join(f'"{name}" <sip:{name}@{domain}>\n' for name in contacts))
        (folder / "uuid").write_text(instance)
        self.start()

    def start(self):
        self.terminal, end = pty.openpty()
        self.process = subprocess.Popen(self.machine.inside("baresip", "-4", "-s", "-f", self.folder), stdin=end, stdout=end,
                                        stderr=end, preexec_fn=die_with_parent)
        os.close(end)
        self.machine.programs.append(self.process)
        threading.Thread(target=self.read_terminal, daemon=True).start()
        self.control = wait_until(f"the control port of {self.user}'s baresip", self.connect, 10)
        threading.Thread(target=self.read_control, daemon=True).start()

    def connect(self):
        def work():
            sock = socket.socket()
            try:
                sock.connect(("127.0.0.1", CONTROL_PORT))
                return sock
            except OSError:
                sock.close()
                return None
        return self.machine.sockets(work)

    def read_terminal(self):
        while True:
            try:
                more = os.read(self.terminal, 16384)
            except OSError:
                return
            if not more:
                return
            self.shown += more.decode(errors="replace").replace("\r", "")

    def read_control(self):
        pending = b""
        while more := self.control.recv(8192):
            pending += more
            while (size := re.match(rb"(\d+):", pending)) and len(pending) > size.end() + int(size[1]):
                text = pending[size.end():size.end() + int(size[1])]
                pending = pending[size.end() + int(size[1]) + 1:]
                self.events.append(json.loads(text))

    def command(self, name, parameters=None):
        text = json.dumps({"command": name, "token": "test", **({"params": parameters} if parameters else {})}).encode()
        self.control.sendall(str(len(text)).encode() + b":" + text + b",")

    def event(self, kind, after=0):
        return next((event for event in self.events[after:] if event.get("type") == kind), None)

    def wait_for(self, kind, seconds=20, after=0):
        return wait_until(f"{kind} at {self.user}'s phone", lambda: self.event(kind, after), seconds)

    def wait_shown(self, pattern, seconds=20):
        return wait_until(f"{pattern!r} in what {self.user}'s phone shows", lambda: re.search(pattern, self.shown, re.S), seconds)

    def wait_registered(self, seconds=20):
        # The event may come before the control port is open; the trace misses nothing.
        self.wait_shown(r"SIP/2\.0 200 OK\n[^\x1b]*CSeq: \d+ REGISTER", seconds)

    def dial(self, user):
        self.command("dial", f"sip:{user}@{self.domain}")

    def hang_up(self):
        self.command("hangup")

    def message(self, user, text):
        wanted = self.contacts.index(user)
        step = "contact_next" if wanted > self.contact else "contact_prev"
        for _ in range(abs(wanted - self.contact)):
            self.command(step)
        self.contact = wanted
        self.command("message", text)

    def messages(self):
        """The requests of its trace that are MESSAGEs, whole, in and out."""
        return re.findall(r"MESSAGE sip:\S+ SIP/2\.0\n.*?\n\n.*?(?=\x1b)", self.shown, re.S)

    def recordings(self):
        return sorted(glob.glob(str(self.folder / "dump-*-dec.wav")))

    def quit(self):
        self.command("quit")
        self.process.wait(10)
