#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of each node in turn at random points of the demo: four nodes in a row, every fifth frame lost, phones that write and
call at random times. Every message that was accepted must have been shown to its addressee a quiet minute after the last round, and
one that is shown again must carry the same identifiers.

usage: soak.py [--build DIR] [--rounds 50] [--seed N] [--as-test]
"""
import argparse
import os
import random
import sys
import time
from pathlib import Path

from emulator_support import ROOT, Emulation, missing
from soak_judge import judge_messages

HOSTS = 4
ENDS = {"alice": 1, "dave": 4}
# How a round goes: one kill, one restart, three messages and a call at random times within it.
WARMUP_S, ROUND_S, OFF_S, QUIET_S = 12, 20, (1, 5), 60

SCENARIO = """
[scenario]
name = "soak"
duration = "{duration}s"
seed = {seed}
[medium]
kind = "matrix"
bitrate = "6Mbit/s"
mtu = 1400
delay = "3ms"
loss = {{ rate = 0.20 }}
[hosts]
count = {hosts}
layout = "chain"
users_per_host = 1
{events}
[[expect]]
metric = "messages.lost"
equals = 0
"""


def event(at, do, **values):
    lines = ["[[event]]", f'at = "{int(at * 1000)}ms"', f'do = "{do}"']
    lines += [f"{key} = {value if isinstance(value, list) else chr(34) + value + chr(34)}" for key, value in values.items()]
    return at, "\n".join(lines) + "\n"


def events_of_round(chance, number, begin, victim):
    killed = begin + chance.uniform(0, ROUND_S - OFF_S[1] - 4)
    back = killed + chance.uniform(*OFF_S)
    yield event(killed, "kill", hosts=[victim])
    yield event(back, "restart", hosts=[victim])
    for user, host in ENDS.items():
        if host == victim:  # else only at the phone's next regular registration
            yield event(back + 1, "register", user=user)
    for each in range(3):
        sender, receiver = chance.sample(sorted(ENDS), 2)
        # Also shortly before the power fails: that is when something could fall between two stools.
        at = killed - chance.uniform(0, chance.choice((0.1, 1.5))) if each == 0 else begin + chance.uniform(0, ROUND_S - 1)
        yield event(max(at, begin - 1), "message", **{"from": sender, "to": receiver, "text": f"round {number} message {each}"})
    caller, callee = chance.sample(sorted(ENDS), 2)
    yield event(begin + chance.uniform(0, ROUND_S - 8), "call", **{"from": caller, "to": callee, "talk": "5s"})


def scenario(rounds, seed):
    chance = random.Random(seed)
    victims, events = [], []
    for number in range(rounds):
        if not victims:
            victims = chance.sample(range(1, HOSTS + 1), HOSTS)
        events += events_of_round(chance, number, WARMUP_S + number * ROUND_S, victims.pop())
    text = "".join(text for _, text in sorted(events))
    return SCENARIO.format(duration=WARMUP_S + rounds * ROUND_S + QUIET_S, seed=seed, hosts=HOSTS, events=text)


def judge(world, rounds):
    report, held = world.report(), True

    def say(good, sentence):
        nonlocal held
        held = held and good
        print(f"  {'held  ' if good else 'FAILED'}  {sentence}", flush=True)

    say(report["verdict"] == "passed", f"the scenario's expectations: {report['verdict']}")
    messages, calls = report["messages"], report["calls"]
    kills = len(world.events("kill"))
    say(kills == rounds, f"{kills} kills")
    say(messages["accepted"] > rounds, f"{messages['accepted']} of {messages['sent']} messages were accepted, "
        f"{messages['delivered']} shown; {calls['established']} of {calls['attempted']} calls came about")
    logs = {user: (world.run_directory / "phones" / f"{user}.log").read_text(errors="replace") for user in ENDS}
    for good, sentence in judge_messages(logs):
        say(good, sentence)
    return held


def run(build, rounds, seed):
    print(f"{rounds} rounds, seed {seed}, about {(WARMUP_S + rounds * ROUND_S + QUIET_S) / 60:.0f} minutes", flush=True)
    with Emulation(build, scenario(rounds, seed), echo=True) as world:
        while world.process.poll() is None:
            time.sleep(0.2)
        assert world.report_file.exists(), f"no report was made (seed {seed})"
        held = judge(world, rounds)
        assert held, f"seed {seed}"
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=os.environ.get("MUSTER_BUILD", ROOT / "build/release"))
    parser.add_argument("--rounds", type=int, default=50, help="one kill each")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--as-test", action="store_true", help="exit code 77 where it cannot run")
    options = parser.parse_args()
    if reason := missing():
        print(f"soak: {reason}")
        return 77 if options.as_test else 1
    return run(Path(options.build).resolve(), options.rounds, options.seed)


sys.exit(main())
