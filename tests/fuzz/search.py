#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libFuzzer targets one after the other, and minimises what they learnt into the corpora.

usage: search.py --build build/fuzz [--seconds N] [--list] [--minimise] [TARGET...]
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INPUT_BYTES_MAX = 4096
SECONDS_AN_INPUT = 60  # by the clock on the wall, where a busy machine makes all slow
MEBIBYTES_MAX = 2048


def targets() -> list[str]:
    return sorted(path.name.removesuffix("_fuzz.cpp") for path in HERE.glob("*_fuzz.cpp"))


def environment() -> dict[str, str]:
    # Leaks and undefined behaviour end the search as a crash does.
    return dict(os.environ, ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=0",
                UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")


def processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_for(command: list[str], seconds: int, out) -> int:
    """Lets a libFuzzer program use so much processor time: at the lowest priority, seconds of the clock on the wall
    would be worth nothing on a machine that does something else as well."""
    with subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment()) as child:
        while processor_seconds(child.pid) < seconds:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                continue
        child.send_signal(signal.SIGUSR1)  # to libFuzzer: finish and say what you did
        return child.wait()


def search(build: Path, name: str, seconds: int) -> bool:
    """True if nothing was found."""
    learnt = build / "learnt" / name
    learnt.mkdir(parents=True, exist_ok=True)
    found = build / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    command = ["nice", "-n", "19", str(build / "fuzz" / f"fuzz_{name}"), str(learnt), str(HERE / "corpus" / name),
               f"-max_len={INPUT_BYTES_MAX}", f"-timeout={SECONDS_AN_INPUT}",
               f"-rss_limit_mb={MEBIBYTES_MAX}", f"-artifact_prefix={found}/", "-print_final_stats=1"]
    dictionary = HERE / "dictionary" / f"{name}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    log = build / "found" / f"{name}.log"
    with log.open("wb") as out:
        status = run_for(command, seconds, out)
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units: *(\d+)", text)
    coverage = re.findall(r"cov: (\d+)", text)
    summary = f"{name}: {int(runs[1]) if runs else 0} inputs in {seconds} s, {coverage[-1] if coverage else 0} edges"
    if status == 0 and runs:
        print(f"{summary}, nothing found", flush=True)
        return True
    reproducer = re.search(r"Test unit written to (\S+)", text)
    print(f"{summary}, FOUND SOMETHING: see {log}", flush=True)
    if reproducer:
        print(f"  again with: {build / 'fuzz' / f'fuzz_{name}'} {reproducer[1]}", flush=True)
    return False


def minimise(build: Path, name: str) -> None:
    """Replaces the corpus by a small set of inputs that reaches as much."""
    corpus = HERE / "corpus" / name
    learnt = build / "learnt" / name
    with tempfile.TemporaryDirectory(dir=build) as merged:
        sources = [str(path) for path in (corpus, learnt) if path.exists()]
        # The features of values, not only of edges, would keep ten times as many inputs.
        subprocess.run([str(build / "fuzz" / f"fuzz_{name}"), "-set_cover_merge=1", "-use_value_profile=0",
                        "-use_counters=0", f"-max_len={INPUT_BYTES_MAX}", merged, *sources], check=True,
                       env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seeds = sorted(corpus.glob("*-*"))  # seed-NNN and what once crashed keep their names
        kept = {path.read_bytes() for path in seeds}
        for old in set(corpus.iterdir()) - set(seeds):
            old.unlink()
        for path in Path(merged).iterdir():
            if path.read_bytes() not in kept:
                shutil.copy(path, corpus / path.name[:12])
    print(f"{name}: {len(list(corpus.iterdir()))} inputs in the corpus", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run fuzz", description="Looks for inputs that crash.")
    parser.add_argument("--build", type=Path, default=Path("build/fuzz"), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=60, help="of processor time for each target (60)")
    parser.add_argument("--list", action="store_true", help="name the targets")
    parser.add_argument("--minimise", action="store_true", help="fold what was learnt into tests/fuzz/corpus instead")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all if none is named")
    options = parser.parse_args()
    if options.list:
        print("\n".join(targets()))
        return 0
    unknown = set(options.targets) - set(targets())
    if unknown:
        print(f"run fuzz: there is no target {', '.join(sorted(unknown))}; see ./run fuzz --list", file=sys.stderr)
        return 2
    chosen = options.targets or targets()
    if options.minimise:
        for name in chosen:
            minimise(options.build.resolve(), name)
        return 0
    clean = [search(options.build.resolve(), name, options.seconds) for name in chosen]
    print(f"{len(clean)} targets searched, {clean.count(False)} with findings")
    return 0 if all(clean) else 1


sys.exit(main())
