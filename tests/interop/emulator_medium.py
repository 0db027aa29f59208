#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The emulated medium by itself, measured with ordinary UDP sockets in its namespaces: loss, delay, bit rate, MTU, reach,
partition, capture, and that nothing is left behind after the end or after kill -9."""
import os
import signal
import socket
import subprocess
import sys
import time

from emulator_support import Emulation, build_directory, in_namespace, pcap_frames, require

SCENARIO = """
[scenario]
name = "medium"
duration = "60s"
seed = 7
[medium]
bitrate = "6Mbit/s"
mtu = 1400
delay = "20ms"
loss = {{ rate = {loss} }}
[hosts]
count = 4
layout = "chain"
{events}
"""


def scenario(loss=0.0, events=""):
    return SCENARIO.format(loss=loss, events=events)


def receiver(place, port=9000):
    def work():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("", port))
        sock.settimeout(2)
        return sock
    return in_namespace(place, work)


def sender(place):
    def work():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        # Never fragment: the MTU must be felt.
        sock.setsockopt(socket.IPPROTO_IP, 10, 2)
        return sock
    return in_namespace(place, work)


def drain(sock, quiet=0.3):
    got = []
    sock.settimeout(quiet)
    while True:
        try:
            got.append((sock.recvfrom(65535)[0], time.monotonic()))
        except (socket.timeout, BlockingIOError):
            return got


def resolve(out, into, address):
    """Lets the kernel learn the neighbour's hardware address, also over loss."""
    for _ in range(100):
        out.sendto(b"hello", (address, 9000))
        if drain(into, 0.1):
            return
    raise AssertionError(f"no datagram ever reached {address}")


def check(what, good, detail):
    print(f"{'ok    ' if good else 'FAILED'}  {what}: {detail}")
    assert good, f"{what}: {detail}"


def places(world):
    run = world.wait_for("built")["run"]
    return [f"{run}-{number}" for number in (1, 2, 3, 4)]


def delay_and_rate(build):
    """False if the machine was too busy for the medium to be in time: then nothing was measured."""
    with Emulation(build, scenario(), "--bare") as world:
        first, second, third, _ = places(world)
        out, into, far = sender(first), receiver(second), receiver(third)
        resolve(out, into, "10.77.0.2")
        times = []
        for number in range(20):
            sent = time.monotonic()
            out.sendto(b"x" * 100, ("10.77.0.2", 9000))
            times.append(drain(into, 0.1)[0][1] - sent)
        for number in range(80):
            out.sendto(b"x" * 1372, ("10.77.0.2", 9000))
        burst = drain(into)
        try:
            out.sendto(b"x" * 1373, ("10.77.0.2", 9000))
            felt = False
        except OSError:
            felt = True
        nothing = not drain(into)
        out.sendto(b"all", ("10.77.0.255", 9000))
        next_heard, after_it = len(drain(into)), len(drain(far))
        world.process.send_signal(signal.SIGTERM)
        world.process.wait(20)
        frames = list(pcap_frames(world.capture))
        report = world.report()
    if report["verdict"] == "invalid":
        print(f"again   the medium was late: {report['medium']}")
        return False
    middle = sorted(times)[10]
    check("one way takes the delay and the time on the air", 0.020 <= middle < 0.024, f"{middle * 1000:.2f} ms")
    rate = (len(burst) - 1) * 1414 * 8 / (burst[-1][1] - burst[0][1])
    check("a burst goes at the bit rate", len(burst) == 80 and 5.4e6 < rate < 6.3e6, f"{len(burst)} of 80 at {rate / 1e6:.2f} Mbit/s")
    check("the MTU is felt", felt and nothing, "1373 octets of payload are refused")
    check("broadcast reaches the next host", next_heard == 1, "host-2")
    check("and not the one after", after_it == 0, "host-3")
    check("the capture holds what was sent", sum(b"x" * 1372 in frame for _, frame in frames) == 80, f"{len(frames)} frames")
    return True


def loss(build):
    with Emulation(build, scenario(loss=0.2), "--bare") as world:
        first, second, *_ = places(world)
        out, into = sender(first), receiver(second)
        resolve(out, into, "10.77.0.2")
        total = 4000
        for number in range(total):
            out.sendto(b"x" * 60, ("10.77.0.2", 9000))
            if number % 50 == 49:
                time.sleep(0.01)
        lost = 1 - len(drain(into)) / total
        # Four standard deviations of a binomial of 4000.
        check("every fifth frame is lost", abs(lost - 0.2) < 0.026, f"{lost:.3f}")


def partition(build):
    events = '[[event]]\nat = "4s"\ndo = "partition"\ngroups = [[1], [2, 3, 4]]\n[[event]]\nat = "6s"\ndo = "heal"\n'
    with Emulation(build, scenario(events=events), "--bare") as world:
        first, second, third, _ = places(world)
        out, into = sender(first), receiver(second)
        inside, far = sender(second), receiver(third)
        resolve(out, into, "10.77.0.2")
        resolve(inside, far, "10.77.0.3")
        world.wait_for("partition")
        drain(into)
        out.sendto(b"anyone?", ("10.77.0.2", 9000))
        inside.sendto(b"you?", ("10.77.0.3", 9000))
        check("a partition separates", not drain(into), "host-1 from host-2")
        check("and leaves the rest together", len(drain(far)) == 1, "host-2 and host-3")
        world.wait_for("heal")
        out.sendto(b"back", ("10.77.0.2", 9000))
        check("healing joins", len(drain(into)) == 1, "host-1 and host-2")


def left_behind(run):
    names = [name for name in os.listdir("/run/netns") if name.startswith(run + "-")]
    return names


def tidiness(build):
    for number, name in ((signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGKILL, "kill -9")):
        with Emulation(build, scenario(), "--bare") as world:
            run = world.wait_for("built")["run"]
            # Somebody's program inside must go as well.
            guest = subprocess.Popen(["ip", "netns", "exec", f"{run}-1", "sleep", "600"])
            time.sleep(0.2)
            world.process.send_signal(number)
            world.process.wait(20)
            until = time.monotonic() + 10
            while left_behind(run) and time.monotonic() < until:
                time.sleep(0.05)
            check(f"nothing is left after {name}", not left_behind(run), f"namespaces {run}-*")
            if number == signal.SIGKILL:
                check("programs inside are gone too", guest.wait(5) == -signal.SIGKILL, "killed")
            else:
                guest.kill()
                guest.wait()


def main():
    build = build_directory()
    require(build, programs=("muster-sim",), tools=("ip",))
    check("the medium was in time", any(delay_and_rate(build) for _ in range(5)), "in one of five runs")
    loss(build)
    partition(build)
    tidiness(build)
    return 0


sys.exit(main())
