#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libFuzzer targets one after the other, and minimises what they learnt into the corpora.

usage: search.py --build build/fuzz [--seconds N] [--list] [--replay] [--minimise] [--keep FILE] [TARGET...]
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
CORPUS_INPUTS_MAX = 60  # beside those that have a name: a replay shall take seconds, not minutes
SECONDS_AN_INPUT = 60  # by the clock on the wall, where a busy machine makes all slow
MEBIBYTES_MAX = 2048
INTERRUPTED = 72  # libFuzzer's status after SIGINT


def targets() -> list[str]:
    return sorted(path.name.removesuffix("_fuzz.cpp") for path in HERE.glob("*_fuzz.cpp"))


def program(build: Path, name: str) -> str:
    return str(build / "fuzz" / f"fuzz_{name}")


def read_corpus(name: str) -> dict[str, bytes]:
    """The inputs of corpus/NAME.hex, which has one a line: its name and its octets in hex. Text, so that whatever
    carries the sources carries the corpora."""
    path = HERE / "corpus" / f"{name}.hex"
    if not path.exists():
        return {}
    lines = (line.partition(" ") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {label: bytes.fromhex(octets) for label, _, octets in lines}


def write_corpus(name: str, inputs: dict[str, bytes]) -> None:
    path = HERE / "corpus" / f"{name}.hex"
    path.parent.mkdir(exist_ok=True)
    lines = [f"{label} {octets.hex()}\n" for label, octets in sorted(inputs.items()) if octets]
    path.write_text("# SPDX-License-Identifier: Apache-2.0\n" + "".join(lines))


def unpack(build: Path, name: str) -> Path:
    """A directory of the seeds and of the corpus, as libFuzzer wants them."""
    known = build / "known" / name
    shutil.rmtree(known, ignore_errors=True)
    known.mkdir(parents=True)
    subprocess.run([program(build, name), "--write-seeds", str(known)], check=True)
    for label, octets in read_corpus(name).items():
        (known / label).write_bytes(octets)
    return known


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


def search(build: Path, name: str, seconds: int, niceness: int) -> bool:
    """True if nothing was found."""
    learnt = build / "learnt" / name
    learnt.mkdir(parents=True, exist_ok=True)
    found = build / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    command = ["nice", "-n", str(niceness), program(build, name), str(learnt), str(unpack(build, name)),
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
    if status == INTERRUPTED:
        print(f"{summary}, interrupted", flush=True)
        return False
    reproducer = re.search(r"Test unit written to (\S+)", text)
    print(f"{summary}, FOUND SOMETHING: see {log}", flush=True)
    if reproducer:
        print(f"  again with: {program(build, name)} {reproducer[1]}", flush=True)
    return False


def replay(build: Path, name: str) -> bool:
    """Seeds and corpus once, and no search; true if nothing was found."""
    inputs = unpack(build, name)
    limits = [f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEBIBYTES_MAX}", f"-max_len={INPUT_BYTES_MAX}"]
    return subprocess.run([program(build, name), "-runs=0", *limits, str(inputs)], env=environment()).returncode == 0


def minimise(build: Path, name: str) -> None:
    """Replaces the corpus by a small set of inputs that reaches as much. What once crashed stays, under its name."""
    learnt = build / "learnt" / name
    sources = [str(path) for path in (unpack(build, name), learnt) if path.exists()]
    with tempfile.TemporaryDirectory(dir=build) as merged:
        # The features of values, not only of edges, would keep ten times as many inputs.
        subprocess.run([program(build, name), "-set_cover_merge=1", "-use_value_profile=0", "-use_counters=0",
                        f"-max_len={INPUT_BYTES_MAX}", merged, *sources], check=True,
                       env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        small = sorted(Path(merged).iterdir(), key=lambda path: path.name)
        # Names are digests, so this is a sample that does not favour any kind of input.
        chosen = {path.name[:12]: path.read_bytes() for path in small[:CORPUS_INPUTS_MAX]}
    named = {label: octets for label, octets in read_corpus(name).items() if "-" in label}
    write_corpus(name, chosen | named)
    print(f"{name}: {len(chosen | named)} inputs in the corpus", flush=True)


def keep(name: str, file: Path) -> None:
    """Adds what crashed to the corpus, for good."""
    write_corpus(name, read_corpus(name) | {file.name[:18]: file.read_bytes()})


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run fuzz", description="Looks for inputs that crash.")
    parser.add_argument("--build", type=Path, default=Path("build/fuzz"), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=60, help="of processor time for each target (60)")
    parser.add_argument("--niceness", type=int, default=19, help="priority of the search (19, the lowest)")
    parser.add_argument("--list", action="store_true", help="name the targets")
    parser.add_argument("--replay", action="store_true", help="only what is known, once; no search")
    parser.add_argument("--minimise", action="store_true", help="fold what was learnt into tests/fuzz/corpus instead")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add this input of the one target to tests/fuzz/corpus instead")
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
    if options.keep:
        if len(chosen) != 1 or "-" not in options.keep.name:
            print("run fuzz: --keep FILE wants one target, and a file with the name that libFuzzer gave it",
                  file=sys.stderr)
            return 2
        keep(chosen[0], options.keep)
        return 0
    if options.replay:
        return 0 if all([replay(options.build.resolve(), name) for name in chosen]) else 1
    if options.minimise:
        for name in chosen:
            minimise(options.build.resolve(), name)
        return 0
    clean = [search(options.build.resolve(), name, options.seconds, options.niceness) for name in chosen]
    print(f"{len(clean)} targets searched, {clean.count(False)} with findings")
    return 0 if all(clean) else 1


sys.exit(main())
