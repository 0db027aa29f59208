#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the symbols of the programs: only the simulator may have the switch that replaces cryptography.

usage: modelled_crypto.py BUILD_DIRECTORY
"""
import subprocess
import sys
from pathlib import Path

SWITCH = "muster::security::use_primitives("


def has_switch(program: Path) -> bool:
    out = subprocess.run(["nm", "-C", str(program)], check=True, capture_output=True, text=True)
    return SWITCH in out.stdout


def main() -> int:
    build = Path(sys.argv[1])
    bad = 0
    for name, wanted in (("musterd", False), ("muster", False), ("muster-sim", True)):
        program = build / name
        if not program.exists():
            print(f"{name}: no such program in {build}; build first")
            bad += 1
        elif has_switch(program) != wanted:
            print(f"{name} {'lacks' if wanted else 'has'} {SWITCH.rstrip('(')}: "
                  f"{'the check looks for the wrong name' if wanted else 'its cryptography could be replaced'}")
            bad += 1
    print(f"3 programs read, {bad} findings")
    return 1 if bad else 0


sys.exit(main())
