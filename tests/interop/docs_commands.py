#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documentation by the word: every command block of README and docs is run on plain machines, every configuration is read
by musterd, and every command that is named exists.

A block of `sh` or `toml` is preceded by a mark in an HTML comment, `<!-- docs: ... -->`:
  on=MACHINE,...   run it there, one after the other; on host-2 its names and addresses are put in place of host-1's
  at=source        in the directory of the source instead of the machine's home
  carry=kit        first bring the machine's kit from the offline machine, as a hand would
  service          `systemctl enable --now` is done as systemd would: the unit's user, command and notification, no privilege
  save=FILE        not run: written to that file, for the blocks that follow
  wait=WHAT        first wait until the node has neighbours, or routes to the users
  skip=REASON      not run
Blocks of `toml` need no mark: musterd --check reads them."""
import os
import re
import shlex
import socket
import subprocess
import sys

from emulator_support import ROOT, build_directory, require
from machines import PASSPHRASE, Ethernet, check, die_with_parent, furnish, wait_until

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:^<!-- docs: (?P<mark>[^\n]*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.S | re.M)
LOOKS_LIKE_A_COMMAND = re.compile(r"^(sudo|muster|musterd|\./run) ")
START_S = 30


class Block:
    def __init__(self, page, match):
        self.where = f"{page}:{match.string[:match.start('text')].count(chr(10))}"
        self.kind, self.text = match["kind"], match["text"]
        self.mark = match["mark"] or ""
        words = dict((word.split("=", 1) + [""])[:2] for word in ([] if self.mark.startswith("skip=") else self.mark.split()))
        self.skip = self.mark[5:] if self.mark.startswith("skip=") else None
        self.on = [name for name in words.get("on", "").split(",") if name]
        self.at, self.carry, self.wait, self.service = words.get("at"), words.get("carry"), words.get("wait"), "service" in words
        self.save = words.get("save")

    def lines(self):
        return [line.split("  #")[0].strip() for line in self.text.splitlines() if line.strip() and not line.startswith("#")]


def blocks_of(page):
    return [Block(page, match) for match in BLOCK.finditer((ROOT / page).read_text())]


def for_machine(machine, text):
    if machine.name == "host-2":
        return text.replace("host-1", "host-2").replace("192.0.2.1", "192.0.2.2").replace("alice", "dave")
    return text


class Service:
    """What systemd does for musterd.service, as far as it can be done without being process 1."""

    def __init__(self, machine):
        unit = machine.run("cat", "/usr/local/lib/systemd/system/musterd.service").stdout
        self.unit = dict(line.split("=", 1) for line in unit.splitlines() if re.match(r"\w+=", line))
        self.notify = machine.home / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.notify))
        self.notify.chmod(0o777)
        self.socket.settimeout(START_S)
        user = self.unit["User"]
        machine.run("chown", "-R", f"{user}:{user}", f"/var/lib/{self.unit['StateDirectory']}")
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
                "--no-new-privs"]
        environment = {**machine.environment(), "NOTIFY_SOCKET": str(self.notify), "WATCHDOG_USEC": "1000000"}
        with open(machine.home / "musterd.log", "ab") as log:
            self.process = subprocess.Popen(machine.inside(*drop, *shlex.split(self.unit["ExecStart"])), env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        machine.programs.append(self.process)
        check(f"{machine.name}: musterd says that it is ready, without any privilege", self.told("READY=1"))
        check(f"{machine.name}: it feeds the watchdog", self.told("WATCHDOG=1"))

    def told(self, what):
        while what not in self.socket.recv(4096).decode():
            pass
        return True

    def stop(self):
        self.process.terminate()
        return self.told("STOPPING=1") and self.process.wait(10) == 0


class World:
    def __init__(self, build, machines):
        self.build = build
        self.machines = {machine.name: machine for machine in machines}
        self.services = []
        for machine in machines:
            furnish(machine, programs=build)

    def run(self, block):
        for name in block.on:
            machine = self.machines[name]
            if block.save:
                (machine.home / block.save).write_text(block.text)
                continue
            if block.carry:
                kit = f"{name}.kit"
                (machine.home / kit).write_bytes((self.machines["offline"].home / kit).read_bytes())
            if block.wait:
                self.wait(machine, block.wait)
            for line in block.lines():
                self.type_in(machine, block, for_machine(machine, line))

    def type_in(self, machine, block, line):
        if block.service and line.startswith("sudo systemctl"):
            if "enable --now" in line:
                self.services.append(Service(machine))
            return
        if block.at == "source":
            line = f"cd {ROOT} && " + line.replace("build/release", str(self.build))
        # Installed only on the machines of the page about installing.
        line = line.replace("/usr/local/share/doc/muster", str(ROOT / "docs"))
        code, shown = machine.typed(line, [PASSPHRASE, PASSPHRASE] if "muster kit" in line else [])
        check(f"{block.where}: {machine.name}: {line}", code == 0, shown.strip().splitlines()[-1] if shown.strip() else "")

    @staticmethod
    def wait(machine, what):
        at_least = {"neighbours": ("neighbours", 1), "routes": ("routes", 1)}[what]
        wait_until(f"{machine.name} has {what}", lambda: (machine.ask("status") or {}).get(at_least[0], 0) >= at_least[1], 30)


def check_marks(blocks):
    for block in blocks:
        if block.kind in ("sh", "toml"):
            check(f"{block.where}: the block says whether it is run", block.kind == "toml" or block.on or block.skip)
        else:
            stray = [line for line in block.text.splitlines() if LOOKS_LIKE_A_COMMAND.match(line)]
            check(f"{block.where}: commands stand in blocks of sh", not stray, stray[:1] or "")


def check_configurations(machine, blocks):
    for block in blocks:
        if block.kind == "toml" and block.skip is None and block.save is None:
            (machine.home / "from-docs.toml").write_text(block.text)
            machine.run("musterd", "--config", "from-docs.toml", "--check")
            check(f"{block.where}: musterd reads it", True)


def check_names(machine):
    """Every `muster COMMAND` in the text exists, and every command stands in OPERATING."""
    named = set()
    for page in PAGES:
        if page.startswith("docs/protocol/"):  # labels in it begin with the same word
            continue
        named |= set(re.findall(r"`(?:sudo )?muster ([a-z]+)", (ROOT / page).read_text()))
    there = set(re.findall(r"^  ([a-z]+) ", machine.run("muster", "--help").stdout, re.M))
    planned = {"carry"}
    check("every command that the documentation names exists", named <= there | planned, sorted(named - there - planned))
    operating = (ROOT / "docs/OPERATING.md").read_text()
    described = set(re.findall(r"`muster ([a-z]+)[` ]", operating))
    check("every command stands in OPERATING", there <= described, sorted(there - described))
    for name in sorted(there - {"emulate", "sim"}):
        machine.run("muster", name, "--help")


def main():
    build = build_directory()
    require(build, programs=("muster-sim", "musterd", "muster"), tools=("ip", "setpriv", "systemd-sysusers", "cmake", "parallel", "tshark"))
    pages = {page: blocks_of(page) for page in PAGES}
    check_marks([block for blocks in pages.values() for block in blocks])
    for page, blocks in pages.items():
        to_run = [block for block in blocks if block.on and (block.kind == "sh" or block.save)]
        if not to_run:
            continue
        print(f"-- {page}", flush=True)
        with Ethernet(build, ["host-1", "host-2", "offline"]) as machines:
            world = World(build, machines)
            for block in to_run:
                world.run(block)
            check("the services stop when told", all(service.stop() for service in world.services))
            if page == "docs/OPERATING.md":
                check_configurations(machines[0], [block for all_blocks in pages.values() for block in all_blocks])
                check_names(machines[0])
    return 0


sys.exit(main())
