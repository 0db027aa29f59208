#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What musterd costs beside what others know: the same SIPp scenarios at a Kamailio and at musterd, and `openssl speed` beside the
crypto benches, in one sitting. Processor time is the figure, not the clock on the wall, so that a busy machine disturbs little.

usage: peers.py [--build DIR] [--seconds N] [sip|crypto]...       needs root; Debian packages kamailio and sip-tester
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
from emulator_support import missing  # noqa: E402
from machines import Ethernet, Node, install_kit, provision, sees, settings, wait_until  # noqa: E402
from scripted_phone import ScriptedPhone  # noqa: E402

DOMAIN = "drill.example"
CALLER, CALLEE = 5080, 5081
SCENARIOS = ROOT / "tests/interop/sipp"
# What: scenario, that of the other phone, how many a second, further options. A node has room for 1024 transactions, and each
# MESSAGE that it passed on stays one for 5 s (timer K): at 200 a second it would say 503.
WORKLOADS = {
    "REGISTER with a challenge": ("register", None, 200, ["-auth_uri", DOMAIN]),
    "MESSAGE": ("message", "message-phone", 100, []),
    "call: INVITE 180 200 ACK BYE 200": ("call", "call-phone", 25, ["-d", "200"]),
}
# Stateful proxy and registrar in memory, with the authentication that musterd has.
KAMAILIO = """#!KAMAILIO
debug=-1
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:{address}:5060
alias="{domain}"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_contacts", 1)
modparam("rr", "enable_full_lr", 1)
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (has_totag()) {{
    if (loose_route()) {{ if (!t_relay()) sl_reply_error(); exit; }}
    if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
    sl_send_reply("404", "Not here"); exit;
  }}
  t_check_trans();
  if (is_method("INVITE")) record_route();
  if (is_method("REGISTER")) {{
    if (!pv_www_authenticate("{domain}", "{password}", "0")) {{ www_challenge("{domain}", "1"); exit; }}
    if (!save("location")) sl_reply_error();
    exit;
  }}
  if (!lookup("location")) {{ t_newtran(); t_reply("404", "Not Found"); exit; }}
  if (!t_relay()) sl_reply_error();
  exit;
}}
"""


def tree(pid):
    """`pid` and all its descendants."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                pass
    return found


def processor_seconds(pids):
    """Of all their threads, to the nanosecond."""
    total = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(thread.read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def resident_mebibytes(pids):
    total = 0
    for pid in pids:
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
        except (OSError, TypeError):
            pass
    return total / 1024


class Server:
    """What the phones use: where alice's phone and where dave's phone register, and the processes that are charged."""

    def __init__(self, name, alice_at, dave_at, passwords, processes):
        self.name, self.alice_at, self.dave_at, self.passwords, self.processes = name, alice_at, dave_at, passwords, processes

    def pids(self):
        return [pid for process in self.processes for pid in tree(process.pid)]

    def stop(self):
        for process in self.processes:  # told so, for a Kamailio that is killed leaves its workers behind
            process.terminate()
            process.wait(20)


def sipp(phones, at, scenario, port, log, *options):
    return phones.start("sipp", f"{at}:5060", "-sf", SCENARIOS / f"{scenario}.xml", "-i", phones.address, "-p", port, "-nostdin",
                        "-trace_err", "-error_file", f"{log}.errors", *options, log=log)


def register(phones, server, user, at, port):
    phone = ScriptedPhone(phones, user, server.passwords[user], DOMAIN, port)
    phone.node = (at, 5060)
    phone.register()
    phone.close()


def measure(phones, server, seconds):
    """{workload: seconds of processor time each}"""
    register(phones, server, "alice", server.alice_at, CALLER)
    register(phones, server, "dave", server.dave_at, CALLEE)
    costs = {}
    for number, (what, (scenario, other, rate, options)) in enumerate(WORKLOADS.items()):
        callee = sipp(phones, server.dave_at, other, CALLEE, f"callee-{number}.log") if other else None
        if callee:
            wait_until("dave's SIPp listens", lambda: f":{CALLEE} " in phones.run("ss", "-Hlnu").stdout, 10)
        count = rate * seconds
        before = processor_seconds(server.pids())
        caller = sipp(phones, server.alice_at, scenario, CALLER, f"{scenario}.log", "-m", count, "-r", rate, "-timeout", 120, *options,
                      "-au", "alice", "-ap", server.passwords["alice"])
        code = caller.wait(150)
        spent = processor_seconds(server.pids()) - before
        if callee:
            callee.kill()
            callee.wait()
        errors = phones.home / f"{scenario}.log.errors"
        if code != 0:
            raise AssertionError(f"{server.name}: {what}: exit {code}: {errors.read_text()[-600:] if errors.exists() else ''}")
        costs[what] = spent / count
    costs["memory"] = resident_mebibytes(server.pids())
    return costs


def start_musterd(authority, machines, passwords):
    nodes = []
    for machine in machines:
        install_kit(authority, machine, machine.name)
        settings(machine, "[messages]\nanswer_within = \"25s\"")  # a slow SIPp shall not count as a phone that is away
        nodes.append(Node(machine).wait())
    if len(nodes) > 1:
        wait_until("the nodes see each other", lambda: all(sees(machine) for machine in machines), 20)
    return Server(f"musterd, {len(nodes)} node{'s' if len(nodes) > 1 else ''}", machines[0].address, machines[-1].address, passwords,
                  [node.process for node in nodes])


def start_kamailio(machine, password):
    (machine.home / "kamailio.cfg").write_text(KAMAILIO.format(address=machine.address, domain=DOMAIN, password=password))
    process = machine.start("kamailio", "-DD", "-E", "-f", "kamailio.cfg", "-Y", machine.home, "-w", machine.home, log="kamailio.log")
    wait_until("Kamailio listens", lambda: process.poll() is not None or ":5060 " in machine.run("ss", "-Hlnu").stdout, 15)
    assert process.poll() is None, machine.log("kamailio.log")
    return Server("Kamailio", machine.address, machine.address, {"alice": password, "dave": password}, [process])


def measure_sip(build, seconds):
    results = {}
    for kind in ("Kamailio", "musterd", "musterd twice"):
        with Ethernet(build, ["host-1", "host-2", "phones"]) as (first, second, phones):
            if kind == "Kamailio":
                server = start_kamailio(first, "correct-horse")
            else:
                machines = [first, second] if kind == "musterd twice" else [first]
                homes = {"host-1": ["alice", "dave"]} if len(machines) == 1 else {"host-1": ["alice"], "host-2": ["dave"]}
                server = start_musterd(first, machines, provision(first, DOMAIN, homes))
            try:
                results[server.name] = measure(phones, server, seconds)
            finally:
                server.stop()
    peer, *ours = results
    print(f"| processor time of one | {' | '.join(f'{name} | ratio' if name in ours else name for name in results)} |")
    print("|---" * (1 + len(results) + len(ours)) + "|")
    for what in WORKLOADS:
        cells = [f"{results[peer][what] * 1e6:.0f} us"]
        for name in ours:
            cells += [f"{results[name][what] * 1e6:.0f} us", f"{results[name][what] / results[peer][what]:.2f}"]
        print(f"| {what} | {' | '.join(cells)} |")
    cells = [f"{results[peer]['memory']:.0f} MiB"]
    for name in ours:
        cells += [f"{results[name]['memory']:.0f} MiB", f"{results[name]['memory'] / results[peer]['memory']:.2f}"]
    print(f"| memory after it | {' | '.join(cells)} |", flush=True)


def openssl_speed(*arguments):
    """Processor seconds of one operation each, as `openssl speed -mr` says."""
    text = subprocess.run(["openssl", "speed", "-mr", *arguments], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        kind, *fields = line.split(":")
        if kind == "+F" and "-bytes" in arguments:  # octets a second
            return [int(arguments[arguments.index("-bytes") + 1]) / float(fields[2])]
        if kind == "+F6":  # Edwards curves: signatures and verifications a second
            return [1 / float(fields[3]), 1 / float(fields[4])]
        if kind == "+F5":  # agreements a second
            return [1 / float(fields[2])]
    raise AssertionError(f"openssl speed {' '.join(arguments)} said: {text}")


def measure_crypto(build, seconds):
    program = build / "tests/muster_bench"
    assert program.exists(), f"{program} is not built; ./run bench builds it"
    done = subprocess.run([program, "--benchmark_filter=^(AeadSeal|X25519|Ed25519)", "--benchmark_format=json"], capture_output=True,
                          text=True, check=True)
    ours = {each["name"]: each["cpu_time"] / 1e9 for each in json.loads(done.stdout)["benchmarks"]}
    theirs = {f"AeadSeal/{size}": openssl_speed("-seconds", str(seconds), "-bytes", str(size), "-evp", "ChaCha20-Poly1305")[0]
              for size in (64, 256, 1024, 8192)}
    theirs["X25519"] = openssl_speed("-seconds", str(seconds), "ecdhx25519")[0]
    theirs["Ed25519Sign"], theirs["Ed25519Verify"] = openssl_speed("-seconds", str(seconds), "ed25519")
    print("| processor time of one | openssl speed | Muster | ratio |\n|---|---|---|---|")
    for name, peer in theirs.items():
        print(f"| {name} | {peer * 1e6:.2f} us | {ours[name] * 1e6:.2f} us | {ours[name] / peer:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--seconds", type=int, default=10, help="of load for each figure")
    parser.add_argument("what", nargs="*", choices=["sip", "crypto", []], default=[], metavar="sip|crypto")
    options = parser.parse_args()
    what = options.what or ["sip", "crypto"]
    if "sip" in what:
        if reason := missing(("ip", "sipp", "kamailio")):
            print(f"peers: {reason.replace('install sipp', 'install sip-tester')}", file=sys.stderr)
            return 1
        measure_sip(options.build.resolve(), options.seconds)
    if "crypto" in what:
        if shutil.which("openssl") is None:
            print("peers: openssl is missing; apt-get install openssl", file=sys.stderr)
            return 1
        measure_crypto(options.build.resolve(), min(options.seconds, 3))
    return 0


sys.exit(main())
