# SPDX-License-Identifier: Apache-2.0
"""Machines without an emulator: plain network namespaces on one Ethernet, each with a /var/lib of its own, real programs in
them. A machine goes with the last of its programs, and those go with the test, however it ends."""
import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from terminal import typed

LIBC = ctypes.CDLL(None, use_errno=True)
PASSPHRASE = "correct horse battery"
PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000


def wait_until(what, condition, seconds):
    """What `condition` returned as soon as it was true; AssertionError naming `what` if it never was."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        select.select([], [], [], 0.05)


def check(what, good, detail=""):
    print(f"{'held  ' if good else 'FAILED'}  {what}{': ' if detail != '' else ''}{detail}", flush=True)
    assert good, f"{what}: {detail}"


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """Named `name`; its home (working directory of all its programs) is directory/name."""

    def __init__(self, directory, name, build):
        self.name = name
        self.home = Path(directory) / name
        self.home.mkdir()
        varlib = self.home / "var-lib"
        varlib.mkdir()
        self.build = build
        self.programs = []
        # The holder ends when its standard input does: with this test. D-Bus is no network: its socket would be everybody's.
        set_up = f"if [ -d /run/dbus ]; then mount -t tmpfs tmpfs /run/dbus; fi && mount --bind '{varlib}' /var/lib && ip link set lo up && echo ready && exec cat"
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", set_up],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.holder.stdout.readline() == b"ready\n", f"machine {name} could not be made"

    def inside(self, *command, user=None):
        """The command line that runs `command` in this machine."""
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", f"--wdns={self.home}", "--", *drop, *map(str, command)]

    def environment(self):
        return {**os.environ, "PATH": f"{self.build}:{os.environ['PATH']}"}

    def run(self, *command, good=True, seconds=30, user=None):
        done = subprocess.run(self.inside(*command, user=user), capture_output=True, text=True, timeout=seconds,
                              env=self.environment(), stdin=subprocess.DEVNULL)
        if good and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, command))}: {done.stderr or done.stdout}")
        return done

    def start(self, *command, log, user=None, preexec=die_with_parent, **options):
        with open(self.home / log, "ab") as output:
            process = subprocess.Popen(self.inside(*command, user=user), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       env=self.environment(), preexec_fn=preexec, **options)
        self.programs.append(process)
        return process

    def typed(self, command, answers, user=None):
        return typed(self.inside("sh", "-c", command, user=user), answers, self.home, environment=self.environment())

    def sockets(self, work):
        """Runs `work` in a thread inside the machine's network; sockets it opens stay there."""
        result = []

        def body():
            with open(f"/proc/{self.holder.pid}/ns/net") as handle:
                if LIBC.setns(handle.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {self.name}")
            result.append(work())

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        return result[0]

    def ask(self, question):
        """What `muster QUESTION --json` says here; None while no node answers."""
        done = self.run("muster", question, "--control", f"ipc://{self.state}/control.sock", "--json", good=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def counter(self, name):
        return (self.ask("status") or {}).get("counters", {}).get(name, 0)

    state = Path("/var/lib/muster")

    def log(self, name="musterd.log"):
        path = self.home / name
        return path.read_text(errors="replace") if path.exists() else ""

    def end(self):
        for process in self.programs:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.holder.stdin.close()
        self.holder.wait(5)


SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def furnish(machine, user=None, programs=None):
    """/etc and /usr/local that may be written to and are gone with the machine, radio hardware, and a sudo: for root one that does
    nothing, for `user` one that makes him root and forgets his PATH, as that of Debian does (no sudo knows a user that only a test
    has). What is installed comes first in PATH, then `programs`."""
    scratch = machine.home / "scratch"
    scratch.mkdir()
    machine.run("mount", "-t", "tmpfs", "-o", "mode=755", "scratch", scratch)
    for place in ("etc", "usr/local"):
        upper, work = scratch / place / "upper", scratch / place / "work"
        machine.run("mkdir", "-p", upper, work)
        machine.run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/{place},upperdir={upper},workdir={work}", f"/{place}")
    become_root = scratch / "become-root"
    sudo = machine.home / "bin" / "sudo"
    sudo.parent.mkdir()
    if user is None:
        sudo.write_text('#!/bin/sh\nexec "$@"\n')
    else:
        machine.run("install", "-m", "4755", shutil.which("setpriv"), become_root)
        sudo.write_text(f'#!/bin/sh\nPATH={SYSTEM_PATH} exec {become_root} --reuid=0 --regid=0 --clear-groups --pdeathsig KILL -- "$@"\n')
        os.chown(machine.home, user, user)
    sudo.chmod(0o755)
    path = ":".join(filter(None, [str(sudo.parent), "/usr/local/bin", programs and str(programs), SYSTEM_PATH]))
    machine.environment = lambda: {**os.environ, "PATH": path}


class Ethernet:
    """Machines on one switch. The switch is a machine too: what listens and speaks there hears and reaches all."""

    def __init__(self, build, names):
        self.build = Path(build)
        self.directory = Path(tempfile.mkdtemp(prefix="mshard-"))
        self.directory.chmod(0o755)
        self.machines = []
        self.switch = Machine(self.directory, "switch", self.build)
        self.switch.run("ip", "link", "add", "br0", "type", "bridge")
        self.switch.run("ip", "link", "set", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0", "forward_delay", "0")
        self.switch.run("ip", "addr", "add", "192.0.2.254/24", "brd", "+", "dev", "br0")
        self.switch.run("ip", "link", "set", "br0", "up")
        for number, name in enumerate(names, 1):
            machine = Machine(self.directory, name, self.build)
            machine.address = f"192.0.2.{number}"
            machine.phone_address = machine.address  # where its phones register
            self.machines.append(machine)
            self.plug_in(machine)

    def plug_in(self, machine, interface="wlan0"):
        port = f"p-{machine.name}"
        self.switch.run("ip", "link", "add", port, "type", "veth", "peer", "name", interface, "netns", str(machine.holder.pid))
        self.switch.run("ip", "link", "set", port, "master", "br0", "up")
        machine.run("sysctl", "-qw", f"net.ipv6.conf.{interface}.accept_dad=0", f"net.ipv6.conf.{interface}.router_solicitations=0")
        machine.run("ip", "addr", "add", f"{machine.address}/24", "brd", "+", "dev", interface)
        machine.run("ip", "link", "set", interface, "up")

    def pull_out(self, machine):
        self.switch.run("ip", "link", "del", f"p-{machine.name}")

    def __enter__(self):
        return self.machines

    def __exit__(self, kind, error, trace):
        for machine in [*self.machines, self.switch]:
            machine.end()
        if kind in (None, SystemExit):
            shutil.rmtree(self.directory, ignore_errors=True)
        else:
            for machine in self.machines:
                print(f"--- {machine.name}\n{machine.log()[-4000:]}")
            print(f"kept for a look: {self.directory}", flush=True)


def provision(machine, overlay, homes):
    """An authority in `machine`'s home (folder by the overlay's name), a kit `NODE.kit` for each node of `homes` ({node: [user,
    ...]}); {user: password}."""
    authority = ["--authority", f"authority-{overlay}"]
    machine.run("muster", "pki", "init", overlay, *authority)
    machine.run("muster", "pki", "node", *homes, *authority)
    (machine.home / "passphrase").write_text(PASSPHRASE + "\n")
    passwords = {}
    for user in dict.fromkeys(user for users in homes.values() for user in users):
        nodes = ",".join(node for node, users in homes.items() if user in users)
        machine.run("muster", "pki", "user", user, "--homes", nodes, *authority)
        passwords[user] = machine.run("muster", "pki", "show", "--password", user, *authority).stdout.strip()
    for node in homes:
        machine.run("muster", "kit", "make", node, "-o", f"{node}.kit", "--passphrase-file", "passphrase", *authority)
    return passwords


def install_kit(maker, machine, node):
    """Carries the kit that `maker` made to `machine` and installs it."""
    for name in (f"{node}.kit", "passphrase"):
        if maker is not machine:
            shutil.copy(maker.home / name, machine.home / name)
    return machine.run("muster", "kit", "install", f"{node}.kit", "--state", machine.state, "--passphrase-file", "passphrase")


def settings(machine, extra="", sip="", link=""):
    """A configuration as in the README, for this machine."""
    text = f"""[sip]
listen = "{machine.phone_address}:5060"
{sip}
[[link]]
kind = "udp"
interface = "wlan0"
{link}
{extra}
"""
    (machine.home / "musterd.toml").write_text(text)


class Node:
    """musterd on a machine."""

    def __init__(self, machine, *options, user=None, command=("musterd", "--config", "musterd.toml")):
        self.machine = machine
        self.process = machine.start(*command, *options, log="musterd.log", user=user)

    def answers(self):
        assert self.process.poll() is None, f"{self.machine.name}: musterd ended ({self.process.returncode}):\n{self.machine.log()}"
        return self.machine.ask("status")

    def wait(self, seconds=15):
        wait_until(f"musterd of {self.machine.name} answers", self.answers, seconds)
        return self

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)


def sees(machine, neighbours=1, routes=1):
    status = machine.ask("status")
    return status and status["neighbours"] >= neighbours and status["routes"] >= routes


def refused(machine, *command, user=None, seconds=20):
    """(exit code, its only line) of a program that must not start."""
    done = machine.run(*command, good=False, user=user, seconds=seconds)
    lines = [line for line in done.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT", line)]
    assert len(lines) == 1, f"{' '.join(map(str, command))}: one line was expected:\n{done.stderr}"
    return done.returncode, lines[0]


def udp_socket(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock
