#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C++ file is as clang-format (the .clang-format of the root) would write it."""
import subprocess
import sys
from pathlib import Path


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.hpp"],
                            check=True, capture_output=True, text=True).stdout.split()
    files = [name for name in listed if Path(name).exists()]
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *files], capture_output=True, text=True)
    if done.returncode != 0:
        wrong = sorted({line.split(":", 1)[0] for line in done.stderr.splitlines() if ": error:" in line})
        print(f"{len(wrong)} files are not formatted: {' '.join(wrong)}; run clang-format -i on them")
        return 1
    print(f"{len(files)} files read, all formatted")
    return 0


sys.exit(main())
