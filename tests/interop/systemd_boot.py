#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The installed service under a real systemd: process 1 of namespaces of its own, on a throw-away copy of this system, with all of
the unit's sandbox in force. It starts, serves phones, is killed and started anew by the watchdog when it hangs, stops when told,
and is not restarted for a mistake in its configuration."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from emulator_support import build_directory, require, skip
from machines import Machine, check, die_with_parent, install_kit, provision, settings, wait_until
from scripted_phone import ScriptedPhone

DOMAIN = "drill.example"
SYSTEMD = "/lib/systemd/systemd"
BOOT_S = 60
START_S = 60  # the unit's own TimeoutStartSec
WATCHDOG_S = 2  # 30 in the unit
# Overlay file systems take no other overlay for their upper layer, so that is a tmpfs. Hosts with and without the first version
# of control groups exist.
BOOT = """
set -eu
mount -t tmpfs tmpfs "$UPPER"
mkdir "$UPPER/changes" "$UPPER/work" "$UPPER/root"
ROOT="$UPPER/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$UPPER/changes,workdir=$UPPER/work" "$ROOT"
DESTDIR="$ROOT" cmake --install "$BUILD" > "$UPPER/install.log"
mkdir -p "$ROOT$HOME_IN"
mount --bind "$HOME_IN" "$ROOT$HOME_IN"
mount -t proc proc "$ROOT/proc"
mount -t sysfs -o ro sysfs "$ROOT/sys"
for place in run tmp dev var/lib; do mount -t tmpfs -o mode=755 tmpfs "$ROOT/$place"; done
chmod 1777 "$ROOT/tmp"
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$ROOT/dev/${device%:*}" c 1 "${device#*:}"; done
mknod -m 666 "$ROOT/dev/tty" c 5 0
if [ "$GROUPS_IN" = /sys/fs/cgroup ]; then
  mount -t cgroup2 cgroup2 "$ROOT/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$ROOT/sys/fs/cgroup"
  mkdir "$ROOT/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd,xattr cgroup "$ROOT/sys/fs/cgroup/systemd"
fi
ip link set lo up
ip link add wlan0 type veth peer name peer0
ip link set peer0 up
ip addr add 192.0.2.1/24 brd + dev wlan0
ip link set wlan0 up
mkdir -p "$ROOT/etc/systemd/system/musterd.service.d" "$ROOT/etc/muster"
printf '[Service]\\nWatchdogSec=%s\\n' "$WATCHDOG" > "$ROOT/etc/systemd/system/musterd.service.d/test.conf"
exec chroot "$ROOT" env -i container=muster-test PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
  "$SYSTEMD" --system --unit=basic.target --log-target=console --show-status=0
"""


class Booted(Machine):
    """A machine whose process 1 is systemd."""

    def __init__(self, directory, build):
        self.name = "host-1"
        self.home = Path(directory) / self.name
        self.home.mkdir(mode=0o755)
        self.build = build
        self.programs = []
        self.address = self.phone_address = "192.0.2.1"
        self.log_path = Path(directory) / "systemd.log"
        upper = Path(directory) / "upper"
        upper.mkdir()
        unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
        groups = Path("/sys/fs/cgroup") if unified else Path("/sys/fs/cgroup/systemd")
        if not os.access(groups, os.W_OK):
            skip(f"{groups} cannot be written")
        self.group = groups / f"mst-{os.getpid()}"
        self.group.mkdir()
        environment = {**os.environ, "UPPER": str(upper), "BUILD": str(build), "HOME_IN": str(self.home), "SYSTEMD": SYSTEMD,
                       "GROUPS_IN": str(groups), "WATCHDOG": str(WATCHDOG_S)}
        enter = f"echo $$ > '{self.group}/cgroup.procs' && exec \"$@\""
        with open(self.log_path, "wb") as log:
            self.holder = subprocess.Popen(
                ["sh", "-c", enter, "sh", "unshare", "--pid", "--fork", "--mount", "--propagation", "private", "--uts", "--ipc", "--net",
                 "--cgroup", "--kill-child", "sh", "-c", BOOT], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                preexec_fn=die_with_parent)
        try:
            self.first = wait_until("systemd is process 1", self.process_one, BOOT_S)
        except BaseException:
            self.end()
            raise

    def process_one(self):
        assert self.holder.poll() is None, f"systemd did not start:\n{self.log_path.read_text(errors='replace')}"
        for child in Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split():
            if os.path.basename(os.readlink(f"/proc/{child}/exe")) == "systemd":
                return int(child)
        return None

    def inside(self, *command, user=None):
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
        return ["nsenter", "-t", str(self.first), "-m", "-u", "-i", "-n", "-p", "-C", "-r", f"--wdns={self.home}", "--", *drop,
                *map(str, command)]

    def environment(self):
        return {**os.environ, "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

    def unit(self, *names):
        """Properties of musterd.service, {name: text}."""
        shown = self.run("systemctl", "show", "musterd", *(f"--property={name}" for name in names)).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())

    def journal(self):
        return self.run("journalctl", "--unit", "musterd", "--no-pager", "--output", "cat", good=False).stdout

    def end(self):
        # The last process of the namespace goes with its first.
        self.holder.kill()
        self.holder.wait()
        wait_until("the control groups are empty", self.remove_groups, 10)

    def remove_groups(self):
        for folder, _, _ in os.walk(self.group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                return False
        return True


def state(machine):
    shown = machine.unit("ActiveState", "SubState", "Result")
    return shown["ActiveState"], shown["SubState"]


def install(machine):
    machine.run("systemd-sysusers")
    passwords = provision(machine, DOMAIN, {"host-1": ["alice", "dave"]})
    install_kit(machine, machine, "host-1")
    machine.run("chown", "-R", "muster:muster", machine.state)
    settings(machine)
    machine.run("cp", machine.home / "musterd.toml", "/etc/muster/musterd.toml")
    machine.run("systemctl", "daemon-reload")
    return passwords


def cage(machine, pid):
    """What the kernel says of the process's privileges."""
    lines = machine.run("cat", f"/proc/{pid}/status").stdout.splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def starts(machine):
    done = machine.run("systemctl", "start", "musterd", good=False, seconds=START_S + 10)
    check("systemctl start musterd", done.returncode == 0, f"{done.stderr}{machine.journal()[-2000:]}" if done.returncode else "")
    check("it is active at its first start", state(machine) == ("active", "running") and machine.unit("NRestarts")["NRestarts"] == "0")
    status = cage(machine, machine.unit("MainPID")["MainPID"])
    check("it runs without privileges, behind its filter of system calls",
          status["Uid"].split()[0] != "0" and int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"] == "1" and status["Seccomp"] == "2",
          {name: status[name] for name in ("CapBnd", "NoNewPrivs", "Seccomp")})
    wait_until("muster status answers", lambda: machine.ask("status"), 10)
    done = machine.run("muster", "doctor", "--config", "/etc/muster/musterd.toml", "--json", good=False)
    report = json.loads(done.stdout)
    check("muster doctor finds nothing broken", report["fit"], [found for found in report["findings"] if found["level"] == "failure"])


def serves(machine, passwords):
    alice = ScriptedPhone(machine, "alice", passwords["alice"], DOMAIN)
    dave = ScriptedPhone(machine, "dave", passwords["dave"], DOMAIN)
    alice.register()
    dave.register()
    answer = alice.message("dave", "from a cage")
    check("phones register and write to each other", answer.status == 200 and "from a cage" in dave.texts(), answer.start)
    alice.hang_up(alice.call("dave"))


def hangs(machine):
    before = machine.unit("MainPID")["MainPID"]
    machine.run("systemctl", "kill", "--signal=STOP", "--kill-who=main", "musterd")
    wait_until("the watchdog has it started anew",
               lambda: machine.unit("NRestarts")["NRestarts"] == "1" and state(machine) == ("active", "running"), START_S)
    check("a hanging node is killed and started anew", machine.unit("MainPID")["MainPID"] != before)
    wait_until("muster status answers again", lambda: machine.ask("status"), 10)


def stops(machine):
    done = machine.run("systemctl", "stop", "musterd", good=False, seconds=START_S)
    check("systemctl stop musterd", done.returncode == 0 and state(machine) == ("inactive", "dead"), done.stderr)
    check("nothing was forbidden that it needs", "not permitted" not in machine.journal())


def mistaken(machine):
    machine.run("sh", "-c", "echo '[sip' > /etc/muster/musterd.toml")
    machine.run("systemctl", "reset-failed", "musterd", good=False)
    done = machine.run("systemctl", "start", "musterd", good=False, seconds=START_S)
    shown = machine.unit("Result", "NRestarts", "ExecMainStatus")
    check("a mistake in the configuration ends it with code 2, and nobody starts it again",
          done.returncode != 0 and state(machine)[0] == "failed" and shown["ExecMainStatus"] == "2" and shown["NRestarts"] == "0", shown)


def main():
    build = build_directory()
    require(build, tools=("ip", "cmake", "unshare", "nsenter", "systemctl", "journalctl"))
    if os.geteuid() != 0 or not os.access(SYSTEMD, os.X_OK):
        skip("root and systemd are needed")
    with tempfile.TemporaryDirectory(prefix="mst-boot-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        machine = Booted(directory, build.resolve())
        try:
            wait_until("systemd is up", lambda: machine.run("systemctl", "is-active", "basic.target", good=False).returncode == 0, BOOT_S)
            passwords = install(machine)
            starts(machine)
            serves(machine, passwords)
            hangs(machine)
            stops(machine)
            mistaken(machine)
        except BaseException:
            print(machine.log_path.read_text(errors="replace")[-3000:])
            raise
        finally:
            machine.end()
    return 0


sys.exit(main())
