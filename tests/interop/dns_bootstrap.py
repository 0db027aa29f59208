#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes that say nothing to everybody find each other by the name of their overlay: a real DNS server names them, at first not,
then by SRV records, then by the domain's own address."""
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, furnish, install_kit, provision, sees, settings, wait_until

OVERLAY = "drill.example"  # no DNS of the world knows it, so the nodes are told to ask
SILENT = "[discovery]\nbeacons = false\navahi = \"off\"\ndns = \"on\"\n"


class Dns:
    """dnsmasq on the switch, for that overlay alone."""

    def __init__(self, switch, *records):
        self.switch = switch
        self.process = switch.start(
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--group=root",
            "--pid-file=", "--listen-address=192.0.2.254", "--bind-interfaces", f"--local=/{OVERLAY}/", "--log-queries", *records,
            log="dnsmasq.log")
        wait_until("dnsmasq is there", lambda: "started" in switch.log("dnsmasq.log"), 10)

    def stop(self):
        self.process.kill()
        self.process.wait()
        (self.switch.home / "dnsmasq.log").unlink()


def counter(machine, name):
    return machine.ask("status")["counters"][name]


def meet(first, second, dns, what):
    nodes = [Node(machine).wait() for machine in (first, second)]
    wait_until(f"neighbours {what}", lambda: sees(first) and sees(second), 40)
    check(f"nodes find each other {what}", True)
    check("nothing was left out or refused", all(counter(machine, f"dns.{name}") == 0
                                                 for machine in (first, second) for name in ("over_limit", "refused")))
    for node in nodes:
        node.stop()
    for machine in (first, second):
        machine.run("rm", "-f", machine.state / "muster.db", machine.state / "muster.db-wal", machine.state / "muster.db-shm")
    dns.stop()


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "dnsmasq"))
    ethernet = Ethernet(build, ["host-1", "host-2"])
    with ethernet as (first, second):
        provision(first, OVERLAY, {"host-1": ["alice"], "host-2": ["dave"]})
        for machine in (first, second):
            furnish(machine, programs=build)
            machine.run("sh", "-c", "rm -f /etc/resolv.conf && echo nameserver 192.0.2.254 > /etc/resolv.conf")
            settings(machine, SILENT)
            install_kit(first, machine, machine.name)
        alone = [Node(machine).wait() for machine in (first, second)]
        wait_until("the question without an answer is counted", lambda: counter(first, "dns.failed") > 0, 30)
        check("without an answer they stay strangers", first.ask("status")["neighbours"] == 0)
        check("the log is quiet about it", first.log().count("dns:") == 0, first.log().count("dns:"))
        dns = Dns(ethernet.switch, f"--srv-host=_muster._udp.{OVERLAY},two.{OVERLAY},7077", f"--host-record=two.{OVERLAY},192.0.2.2")
        wait_until("neighbours once the DNS answers", lambda: sees(first) and sees(second), 60)
        check("nodes find each other once the DNS answers", "names nodes at one address" in first.log())
        for node in alone:
            node.stop()
        for machine in (first, second):
            machine.run("sh", "-c", f"rm -f {machine.state}/muster.db*")
        meet(first, second, dns, "by SRV records")
        meet(first, second, Dns(ethernet.switch, f"--host-record={OVERLAY},192.0.2.1"), "by the address of the domain")
    return 0


sys.exit(main())
