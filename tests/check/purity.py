#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the symbols of the pure archives: none may ask for the time, a socket, a thread, a file or chance.

usage: purity.py BUILD_DIRECTORY
"""
import re
import subprocess
import sys
from pathlib import Path

PURE = ["muster_core", "muster_radio", "muster_security", "muster_discovery", "muster_sip", "muster_node", "muster_sim"]
FORBIDDEN = re.compile(
    r"^(clock_gettime|gettimeofday|time|nanosleep|clock_nanosleep|usleep|sleep|"
    r"socket|bind|connect|sendto|sendmsg|recvfrom|recvmsg|listen|accept4?|poll|epoll_\w+|select|"
    r"open|open64|openat|fopen|fopen64|read|write|unlink|rename|"
    r"pthread_create|fork|execve\w*|system|popen|getenv|"
    r"rand|srand|random|getrandom|getentropy|arc4random\w*|RAND_bytes|RAND_priv_bytes|"
    r"std::chrono::_V2::(system|steady)_clock::now\(\)|std::random_device::\w+.*|"
    r"std::thread::\w+.*|std::basic_(i|o)?fstream<.*|boost::asio::.*)$")
# A certificate authority is run by hand, offline; it alone may make keys where OpenSSL does it.
ALLOWED: set[tuple[str, str]] = set()


def undefined_symbols(archive: Path) -> list[str]:
    out = subprocess.run(["nm", "-C", "--undefined-only", str(archive)], check=True, capture_output=True, text=True)
    return [line.split(" U ", 1)[1].split("@")[0] for line in out.stdout.splitlines() if " U " in line]


def main() -> int:
    build = Path(sys.argv[1])
    bad = 0
    for name in PURE:
        archive = next(build.rglob(f"lib{name}.a"), None)
        if archive is None:
            print(f"{name}: no archive lib{name}.a below {build}; build first")
            bad += 1
            continue
        for symbol in sorted(set(undefined_symbols(archive))):
            if FORBIDDEN.match(symbol) and (name, symbol) not in ALLOWED:
                print(f"{name} uses {symbol}: pure code is given time, bytes and chance, it does not fetch them")
                bad += 1
    print(f"{len(PURE)} pure libraries read, {bad} findings")
    return 1 if bad else 0


sys.exit(main())
