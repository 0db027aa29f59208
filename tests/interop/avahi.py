#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes that find each other by mDNS only: through the real avahi-daemon on a D-Bus of its own, through the Avahi inside
musterd, and one by each; what strangers with avahi-browse see; a daemon that dies and returns; strangers' services; no Avahi."""
import contextlib
import re
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, sees, settings, wait_until

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
    <allow send_type="method_call"/></policy>
</busconfig>
"""
AVAHI = """[server]
host-name={name}
deny-interfaces=lo
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""
RUNNING = "int32 2"
BY_DAEMON, BY_OWN = "mDNS by avahi-daemon", "mDNS by an own Avahi"


class Avahi:
    """A D-Bus and an avahi-daemon on a machine whose /run is its own."""

    def __init__(self, machine):
        self.machine = machine
        (machine.home / "bus.conf").write_text(BUS)
        (machine.home / "avahi.conf").write_text(AVAHI.format(name=machine.name))
        machine.run("mkdir", "-p", "/run/dbus", "/run/avahi-daemon")
        self.bus = machine.start("dbus-daemon", "--config-file=bus.conf", "--nofork", "--nopidfile", log="bus.log")
        wait_until("the D-Bus is there", lambda: machine.run("test", "-S", "/run/dbus/system_bus_socket", good=False).returncode == 0, 10)
        self.start()

    def start(self):
        self.daemon = self.machine.start("avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title",
                                         "-f", self.machine.home / "avahi.conf", log="avahi.log")
        wait_until(f"avahi-daemon of {self.machine.name} runs", self.runs, 20)

    def runs(self):
        asked = self.machine.run("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.Avahi", "/",
                                 "org.freedesktop.Avahi.Server.GetState", good=False)
        return RUNNING in asked.stdout

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()
        self.machine.run("rm", "-f", "/run/avahi-daemon/pid", "/run/avahi-daemon/socket")

    def end(self):
        self.kill()
        self.bus.kill()
        self.bus.wait()
        self.machine.run("rm", "-rf", "/run/dbus")


@contextlib.contextmanager
def daemons(*machines):
    running = [Avahi(machine) for machine in machines]
    try:
        yield running
    finally:
        for avahi in running:
            avahi.end()


@contextlib.contextmanager
def nodes(*configured, beacons=False):
    """A node on each machine, `configured` with (machine, avahi); without memory of earlier ones."""
    running = []
    for machine, use in configured:
        machine.run("sh", "-c", f"rm -f {machine.state}/muster.db*")
        (machine.home / "musterd.log").unlink(missing_ok=True)
        settings(machine, f'[discovery]\nbeacons = {str(beacons).lower()}\navahi = "{use}"\n[log]\nlevel = "debug"')
        running.append(Node(machine).wait())
    try:
        yield running
    finally:
        codes = [node.stop() for node in running]
    check("the nodes stop when told", codes == [0] * len(codes), codes)


def browse(machine):
    """What avahi-browse resolves: [instance, protocol, interface, host, address, port, txt] of each."""
    lines = machine.run("avahi-browse", "--resolve", "--terminate", "--parsable", "_muster._udp").stdout.splitlines()
    found = [line.split(";", 9) for line in lines if line.startswith("=")]
    return [{"interface": f[1], "protocol": f[2], "instance": f[3], "address": f[7], "port": f[8], "txt": f[9]} for f in found]


def at(machine, other):
    return {service["instance"] for service in browse(machine) if service["address"] == other.address}


def found_each_other(first, second, how):
    wait_until(f"{how}: the nodes see each other", lambda: sees(first) and sees(second), 40)
    check(f"{how}: the nodes found each other without a beacon", True)


def both_embedded(first, second):
    with nodes((first, "embedded"), (second, "embedded")):
        found_each_other(first, second, "embedded and embedded")
        # One may be found before its own Avahi has said that all names are its own.
        wait_until("both say whose mDNS it is", lambda: all(BY_OWN in machine.log() for machine in (first, second)), 20)


def both_daemons(first, second):
    with daemons(first, second) as (avahi, _), nodes((first, "daemon"), (second, "daemon")):
        found_each_other(first, second, "daemon and daemon")
        seen = wait_until("avahi-browse shows both", lambda: {s["instance"] for s in browse(first)} | at(first, second), 20)
        services = browse(first)
        check("names are random, one per node", len(seen) == 2 and all(re.fullmatch("[0-9a-f]{16}", name) for name in seen), seen)
        check("the text says version and tag, nothing else",
              all(re.fullmatch(r'("v=1" "o=[0-9a-f]{16}"|"o=[0-9a-f]{16}" "v=1")', s["txt"]) for s in services), services[0]["txt"])
        check("the port is the link's", {s["port"] for s in services} == {"7077"})
        strangers_are_passed_over(first, second)
        daemon_dies_and_returns(first, second, avahi)


def strangers_are_passed_over(first, second):
    def published(name):
        return first.start("avahi-publish", "-s", name, "_muster._udp", "7077", "v=1", "o=0123456789abcdef", log="publish.log")
    strangers = [published("0123456789abcdef"), published("alice's laptop")]
    wait_until("services of strangers are counted",
               lambda: second.counter("mdns.foreign") > 0 and second.counter("mdns.malformed") > 0, 20)
    for stranger in strangers:
        stranger.kill()
        stranger.wait()
    check("services of strangers are counted and passed over", second.ask("status")["neighbours"] == 1)


def daemon_dies_and_returns(first, second, avahi):
    before = at(second, first)
    avahi.kill()
    wait_until("musterd notices that the daemon has died", lambda: "mDNS by avahi-daemon: " in first.log(), 20)
    check("a dead daemon is one line", first.log().count("mDNS by avahi-daemon: ") == 1)
    avahi.start()
    after = wait_until("the node is shown again", lambda: at(second, first) - before, 40)
    check("a daemon that has died and returned shows the node again, under a new name", len(after) == 1, after)
    check("the nodes still see each other", sees(first) and sees(second))


def one_of_each(first, second):
    with daemons(second), nodes((first, "auto"), (second, "auto")):
        found_each_other(first, second, "embedded and daemon")
        wait_until("auto: the daemon where it runs, else our own", lambda: BY_OWN in first.log() and BY_DAEMON in second.log(), 20)
        names = wait_until("avahi-browse shows the embedded one", lambda: at(second, first), 20)
        check("avahi-browse resolves what the embedded one publishes", len(names) == 1, names)


def restarted(first, second):
    shown = set()
    with daemons(second):
        for _ in range(2):
            with nodes((first, "embedded")):
                shown |= wait_until("the node is shown under a name not seen before", lambda: at(second, first) - shown, 40)
    check("a node that is started again is shown under a new name", len(shown) == 2, shown)


def own_beside_a_daemon(first, second):
    with daemons(first, second) as (avahi, _), nodes((first, "embedded"), (second, "daemon")):
        found_each_other(first, second, "embedded on a machine with a daemon")
        check("the daemon beside it runs on, its names its own", avahi.runs() and "conflict" not in first.log("avahi.log").lower())


def interface_returns(first, second, ethernet):
    with daemons(first), nodes((first, "daemon"), (second, "embedded")):
        found_each_other(first, second, "before the cable is pulled")
        before = wait_until("avahi-browse shows the other node", lambda: at(first, second), 20)
        ethernet.pull_out(second)
        wait_until("the link is down", lambda: "it is tried again" in second.log(), 10)
        ethernet.plug_in(second)
        after = wait_until("the node is shown again", lambda: at(first, second) - before, 40)
        check("a node whose interface has gone and returned is shown again, under a new name", len(after) == 1, after)
        wait_until("the nodes see each other again", lambda: sees(first) and sees(second), 60)
        check("and seen again", True)


def no_avahi(first, second):
    with nodes((first, "daemon"), (second, "off"), beacons=True):
        wait_until("the nodes see each other", lambda: sees(first) and sees(second), 30)
        check("without Avahi beacons go on", True)
        # Longer than two attempts at the daemon.
        wait_until("the node runs on", lambda: first.ask("status")["uptime_s"] > 12, 20)
        check("and one line says so", first.log().count("no mDNS") == 1, re.findall("no mDNS.*", first.log()))
        check("off is off", "mDNS" not in second.log())


def main():
    build = build_directory()
    tools = {"avahi-daemon": "avahi-daemon", "avahi-browse": "avahi-utils", "dbus-daemon": "dbus-daemon", "dbus-send": "dbus-bin"}
    require(build, programs=("musterd", "muster"), tools=("ip", *tools))
    ethernet = Ethernet(build, ["host-1", "host-2"])
    with ethernet as (first, second):
        provision(first, "drill.example", {"host-1": ["alice"], "host-2": ["dave"]})
        for machine in (first, second):
            install_kit(first, machine, machine.name)
            machine.run("mount", "-t", "tmpfs", "none", "/run")
        both_embedded(first, second)
        both_daemons(first, second)
        one_of_each(first, second)
        restarted(first, second)
        own_beside_a_daemon(first, second)
        interface_returns(first, second, ethernet)
        no_avahi(first, second)
    return 0


if __name__ == "__main__":
    sys.exit(main())
