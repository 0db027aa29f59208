#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts where, and the unit judged by systemd itself."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from emulator_support import build_directory, skip
from machines import check

# systemd-analyze security: 0 is a cage, 10 is none.
EXPOSURE_MAX = 2.5
INSTALLED = ["bin/musterd", "bin/muster", "bin/muster-sim", "lib/systemd/system/musterd.service", "lib/sysusers.d/muster.conf",
             "share/muster/profiles/laptop.toml", "share/muster/profiles/relay.toml", "share/muster/profiles/gateway.toml",
             "share/muster/scenarios/chain-of-four.toml", "share/doc/muster/OPERATING.md", "share/doc/muster/protocol/kit.md"]


def main():
    build = build_directory()
    for program in ("musterd", "muster", "muster-sim"):
        if not os.access(build / program, os.X_OK):
            skip(f"{build / program} is not built; ./run build")
    for tool in ("cmake", "systemd-analyze"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    with tempfile.TemporaryDirectory(prefix="mst-install-") as directory:
        prefix = Path(directory) / "usr"
        done = subprocess.run(["cmake", "--install", build, "--prefix", prefix], capture_output=True, text=True)
        check("cmake --install", done.returncode == 0, done.stderr)
        missing = [name for name in INSTALLED if not (prefix / name).exists()]
        check("everything is where OPERATING says", not missing, missing)
        done = subprocess.run([prefix / "bin/muster", "--help"], capture_output=True, text=True)
        check("the installed programs run", done.returncode == 0)

        unit = prefix / "lib/systemd/system/musterd.service"
        # The unit names the prefix it was configured for; here the programs are elsewhere.
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={prefix}/bin/musterd", unit.read_text(), flags=re.M)
        unit.write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit], capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines() if "musterd.service" in line]
        check("systemd-analyze verify has nothing to say", done.returncode == 0 and not complaints, complaints)
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], capture_output=True, text=True)
        exposure = re.search(r"Overall exposure level for \S+ ([\d.]+)", done.stdout)
        check(f"systemd-analyze security gives at most {EXPOSURE_MAX}", exposure and float(exposure[1]) <= EXPOSURE_MAX,
              exposure[1] if exposure else done.stderr)
    return 0


sys.exit(main())
