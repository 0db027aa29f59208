#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many seeds of one scenario: 200 of a small partition with random faults must all hold; a swarm that is stopped goes on; what
failed can be made again and shrunk; runs of different kinds are not counted together."""
import json
import signal
import subprocess
import sys
import time

from sim_support import PICKY, SWARM, Workshop, check, require, runs_in


def two_hundred_seeds(shop):
    done = shop.sim("run", SWARM, "--seeds", "0:200", "--out", "r.jsonl", code=(0, 1))
    summary = done.stdout.splitlines()[0]
    check("200 seeds of partition-swarm hold", done.returncode == 0, summary + done.stderr[-500:] * (done.returncode != 0))
    runs = runs_in(shop.path / "r.jsonl")
    check("each seed has one line", sorted(run["seed"] for run in runs) == list(range(200)))
    check("seeds differ", len({run["trace_sha256"] for run in runs}) == 200)
    again = shop.sim("run", SWARM, "--seeds", "0:200", "--out", "r.jsonl")
    check("run again, nothing is left to do", "200 of them were there before" in again.stdout, again.stdout.splitlines()[0])
    summary = json.loads(shop.sim("merge", "r.jsonl", "--json").stdout)
    check("merge counts 200", summary["runs"] == 200 and summary["missing"] == [] and summary["failed"] == [])
    latency = summary["metrics"]["messages.latency.max"]
    check("it gives means with intervals", latency["runs"] == 200 and 0 < latency["half_width_95"] < latency["mean"],
          f"messages.latency.max {latency['mean']:.0f} +- {latency['half_width_95']:.0f} ms")


def stopped_and_continued(shop):
    """Ctrl-C, then kill -9, each in the middle; the same command then does the rest."""
    command = shop.command("run", SWARM, "--seeds", "0:40", "--jobs", "2", "--out", "s.jsonl")
    for number in (signal.SIGINT, signal.SIGKILL):
        before = len(runs_in(shop.path / "s.jsonl")) if (shop.path / "s.jsonl").exists() else 0
        process = subprocess.Popen(command, cwd=shop.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not (shop.path / "s.jsonl").exists() or len((shop.path / "s.jsonl").read_text().splitlines()) < before + 5:
            if time.monotonic() > until or process.poll() is not None:
                check("the swarm gets on", False, f"exit code {process.poll()}")
            time.sleep(0.02)
        process.send_signal(number)
        code = process.wait(20)
        check(f"{number.name} ends it", code == (1 if number == signal.SIGINT else -9), code)
    there = len(runs_in(shop.path / "s.jsonl"))
    check("it ended before all was done", 10 <= there < 40, there)
    done = shop.sim("run", SWARM, "--seeds", "0:40", "--out", "s.jsonl")
    check("only the missing are run", f"{there} of them were there before" in done.stdout, done.stdout.splitlines()[0])
    check("no seed is there twice", sorted(run["seed"] for run in runs_in(shop.path / "s.jsonl")) == list(range(40)))


def shards(shop):
    for shard in (0, 2):
        shop.sim("run", SWARM, "--seeds", "0:12", "--shard", f"{shard}/3", "--out", f"part-{shard}.jsonl")
    done = shop.sim("merge", "part-0.jsonl", "part-2.jsonl", code=1)
    check("merge names the seeds of a missing shard", "1, 4, 7, 10" in done.stderr, done.stderr.strip())
    shop.sim("run", SWARM, "--seeds", "0:12", "--shard", "1/3", "--out", "part-1.jsonl")
    shop.sim("merge", *[f"part-{shard}.jsonl" for shard in range(3)], "part-1.jsonl", "-o", "all.jsonl")
    check("merged, each seed is there once, in order", [run["seed"] for run in runs_in(shop.path / "all.jsonl")] == list(range(12)))
    shop.sim("run", SWARM, "--seeds", "12:14", "--set", "hosts.count=3", "--out", "other.jsonl", code=2)
    shop.sim("run", SWARM, "--seeds", "12:14", "--set", "medium.delay=3ms", "--out", "other.jsonl")
    done = shop.sim("merge", "all.jsonl", "other.jsonl", code=1)
    check("merge refuses runs of another kind", "of different kinds" in done.stderr, done.stderr.strip())
    done = shop.sim("run", SWARM, "--seeds", "0:14", "--out", "other.jsonl", code=2)
    check("a swarm does not go on in a file of another kind", "give another --out" in done.stderr, done.stderr.strip())


def failures(shop):
    shop.write("picky.toml", PICKY)
    shop.sim("run", "picky.toml", "--seeds", "0:20", "--out", "p.jsonl", code=1)
    failed = [run for run in runs_in(shop.path / "p.jsonl") if run["verdict"] == "failed"]
    check("some seeds fail, not all", 0 < len(failed) < 20, len(failed))
    done = shop.sim("repro", json.dumps(failed[0]), code=1)
    check("repro prints the command", done.stdout.splitlines()[0] == f"muster sim run picky.toml --seed {failed[0]['seed']}",
          done.stdout.splitlines()[0])
    check("it makes the same run, event for event", "the same run, event for event" in done.stdout)
    shop.sim(*done.stdout.splitlines()[0].split()[2:], code=1)
    shop.sim("repro", "p.jsonl", "--timeline", "p.timeline", code=1)
    shop.sim("report", "p.timeline", "-o", "p.html")
    check("a page shows what failed", "expect" in (shop.path / "p.html").read_text())
    number = next(n for n, run in enumerate(runs_in(shop.path / "p.jsonl"), 1) if run["verdict"] == "failed")
    printed = shop.sim("repro", f"p.jsonl:{number}", "--print").stdout
    check("it takes FILE:LINE", printed.startswith("muster sim run picky.toml --seed "), printed.strip())
    shrunk = shop.sim("repro", "p.jsonl", "--shrink").stdout.strip()
    check("shrink leaves out faults", "swarm." in shrunk, shrunk)
    words = subprocess.run(["sh", "-c", f"printf '%s\\n' {shrunk}"], capture_output=True, text=True, check=True).stdout.splitlines()
    done = shop.sim(*words[2:], "--json", code=1)
    small = json.loads(done.stdout)
    check("what is left fails in the same way", small["verdict"] == "failed" and small["messages"]["latency"]["max"] > 8000)
    check("with fewer hosts and less to do", small["hosts"] < 4 and small["messages"]["sent"] < 6 and small["virtual_s"] < 40,
          f"{small['hosts']} hosts, {small['messages']['sent']} messages, {small['virtual_s']} s")
    shop.write("picky.toml", PICKY + "\n")
    done = shop.sim("repro", "p.jsonl", code=1)
    check("a scenario that has changed is noticed", "not what it was" in done.stderr, done.stderr.strip())


def wrong_usage(shop):
    for words in (("run", SWARM, "--seeds", "5:5"), ("run", SWARM, "--seeds", "0:9", "--shard", "3/3"), ("run", SWARM, "--jobs", "2"),
                  ("run", SWARM, "--seeds", "0:9", "--seed", "1"), ("run", "none.toml", "--seeds", "0:9"),
                  ("run", SWARM, "--seeds", "0:9", "--set", "hosts.count=0"), ("merge",), ("merge", "none.jsonl"),
                  ("repro",), ("repro", "none.jsonl"), ("plan", SWARM, "--seeds", "0:9"), ("plan", "--slurm", SWARM)):
        done = shop.sim(*words, code=2)
        lines = done.stderr.strip().splitlines()
        check(f"refused in one line: muster sim {' '.join(map(str, words))}", len(lines) == 1, lines[-1] if lines else "nothing")


def main():
    require()
    with Workshop() as shop:
        wrong_usage(shop)
        failures(shop)
        shards(shop)
        stopped_and_continued(shop)
        two_hundred_seeds(shop)
    return 0


sys.exit(main())
