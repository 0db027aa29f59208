# SPDX-License-Identifier: Apache-2.0
"""What the tests of `muster sim` share: the command, files of runs, a scenario that some seeds fail."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from emulator_support import ROOT, build_directory, skip

SWARM = ROOT / "sim/scenarios/partition-swarm.toml"

# Messages must wait while nodes are dead, so a bound on their latency fails for the seeds that kill for long.
PICKY = """[scenario]
name = "picky"
duration = "40s"
[medium]
loss = { rate = 0.1 }
[hosts]
count = 4
layout = "chain"
[workload]
start = "5s"
stop = "20s"
messages = { total = 6 }
[swarm]
faults = ["kill", "partition", "loss"]
faults_max = 4
start = "5s"
stop = "25s"
[[expect]]
metric = "messages.latency.max"
at_most = 8000
"""


def check(what, holds, detail=""):
    print(f"{'ok    ' if holds else 'FAILED'}  {what}" + (f" ({detail})" if detail != "" else ""), flush=True)
    if not holds:
        sys.exit(1)


def require(*tools):
    """Ends the test as skipped unless it can run here. `tools` are (program, package)."""
    for program in ("muster", "muster-sim"):
        if not os.access(build_directory() / program, os.X_OK):
            skip(f"{build_directory() / program} is not built; ./run build")
    for program, package in tools:
        if shutil.which(program) is None:
            skip(f"{program} is missing; apt-get install {package}")


class Workshop:
    """A directory that is removed unless the test fails, and `muster sim` in it."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="mst-sim-"))
        self.path.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"kept for a look: {self.path}", file=sys.stderr)

    def command(self, *words):
        return [str(build_directory() / "muster"), "sim", *map(str, words)]

    def sim(self, *words, code=0, timeout=200, **options):
        """Runs it, which must end with `code` (or any of them); gives what it printed."""
        done = subprocess.run(self.command(*words), cwd=self.path, capture_output=True, text=True, timeout=timeout, **options)
        codes = code if isinstance(code, tuple) else (code,)
        if done.returncode not in codes:
            check(f"muster sim {' '.join(map(str, words))} ends with {code}", False,
                  f"{done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
        return done

    def write(self, name, text):
        path = self.path / name
        path.write_text(text)
        return path


def runs_in(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
