#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every #include: dependencies point only downwards, and the world stays under io/ folders."""
import re
import subprocess
import sys
from pathlib import Path

# What each folder may include of Muster beside itself.
MAY = {
    "core/base": set(),
    "core/ports": {"core/base"},
    "core/wire": {"core/base", "core/ports"},
    "core/mesh": {"core/base", "core/ports", "core/wire"},
    "core/overlay": {"core/base", "core/ports", "core/wire"},
    "core/dtn": {"core/base", "core/ports", "core/wire"},
    "core/io": {"core"},
    "radio": {"core"}, "security": {"core"}, "discovery": {"core"}, "sip": {"core"},
    "node": {"core", "radio", "security", "discovery", "sip"},
    "sim": {"core", "radio", "security", "discovery", "sip", "node"},
}
WORLD = re.compile(r"^(boost/asio|boost/beast|avahi|sqlite3|zmq|sys/socket|netinet/|sys/epoll|thread|mutex|fstream|"
                   r"filesystem|unistd|fcntl|core/io/)")


def home(path: str) -> str:
    """The folder in MAY that a file belongs to."""
    parts = path.split("/")
    if parts[0] == "core":
        return "/".join(parts[:2])
    return parts[0]


def allowed(source: str, target: str) -> bool:
    own, other = home(source), home(target)
    if own == other or own not in MAY:
        return True
    return other in MAY[own] or other.split("/")[0] in MAY[own]


def main() -> int:
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.hpp"],
                           check=True, capture_output=True, text=True).stdout.split()
    bad = 0
    for name in files:
        top = name.split("/")[0]
        if top == "tests" or not Path(name).exists():
            continue
        pure = "/io/" not in name
        for number, line in enumerate(Path(name).read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            kind, target = match.groups()
            where = f"{name}:{number}"
            if pure and (WORLD.match(target) or "/io/" in target):
                print(f"{where}: <{target}> belongs under an io/ folder")
                bad += 1
            if target.endswith(".pb.h") and not name.endswith("_codec.cpp"):
                print(f"{where}: generated code is included only by *_codec.cpp")
                bad += 1
            if kind == '"' and not target.endswith(".pb.h") and not allowed(name, target):
                print(f"{where}: {home(name)} must not know {home(target)}")
                bad += 1
    print(f"{len(files)} files read, {bad} findings")
    return 1 if bad else 0


sys.exit(main())
