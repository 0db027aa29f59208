#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kits against the age program and certificates against the openssl program, both ways, with typed passphrases."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from terminal import typed

MUSTER = Path(os.environ.get("MUSTER_BUILD", "build/release")).resolve() / "muster"
PASSPHRASE = "correct horse battery"


def skip(reason: str) -> None:
    print(reason)
    sys.exit(77)


def run(*arguments, cwd: Path) -> str:
    done = subprocess.run([str(a) for a in arguments], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.stderr or done.stdout}")
    return done.stdout


def check(held: bool, sentence: str) -> None:
    print(("held:   " if held else "FAILED: ") + sentence)
    if not held:
        sys.exit(1)


def provision(here: Path) -> None:
    run(MUSTER, "pki", "init", "drill.example", cwd=here)
    run(MUSTER, "pki", "node", "host-1", "host-2", cwd=here)
    run(MUSTER, "pki", "user", "alice", "--homes", "host-1", cwd=here)


def certificates_please_openssl(here: Path) -> None:
    for name in ("nodes/host-1", "nodes/host-2", "users/alice"):
        out = run("openssl", "verify", "-x509_strict", "-CAfile", "authority/root.pem", f"authority/{name}.pem", cwd=here)
        check(out.strip().endswith("OK"), f"openssl verifies {name}")
    text = run("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", "authority/users/alice.pem", cwd=here)
    check("URI:sip:alice@drill.example" in text, "openssl reads the user's AoR")
    keys = run("openssl", "pkey", "-in", "authority/nodes/host-1.pem", "-pubout", cwd=here)
    held = run("openssl", "x509", "-in", "authority/nodes/host-1.pem", "-noout", "-pubkey", cwd=here)
    check(keys == held, "openssl finds the private key that belongs to the certificate")


def kits_open_with_age(here: Path) -> None:
    made, shown = typed([MUSTER, "kit", "make", "host-1", "-o", "host-1.kit"], [PASSPHRASE, PASSPHRASE], here)
    check(made == 0, f"muster kit make asks for the passphrase twice: {shown.strip()!r}")
    check(PASSPHRASE not in shown, "the passphrase is not echoed")
    check(oct((here / "host-1.kit").stat().st_mode & 0o777) == "0o600", "the kit is 0600")
    opened, shown = typed(["age", "-d", "-o", "plain", "host-1.kit"], [PASSPHRASE], here)
    check(opened == 0, f"age opens the kit: {shown.strip()!r}")
    installed, shown = typed([MUSTER, "kit", "install", "host-1.kit", "--state", "state"],
                             ["slip\x15" + PASSPHRASE[:-1] + "x\x7f" + PASSPHRASE[-1]], here)
    check(installed == 0, f"muster kit install opens the kit, after corrected slips: {shown.strip()!r}")
    same = (here / "plain").read_bytes() == (here / "state" / "identity.kit").read_bytes()
    check(same, "age and muster found the same plaintext")


def age_files_open_as_kits(here: Path) -> None:
    sealed, shown = typed(["age", "-p", "-o", "by-age.kit", "state/identity.kit"], [PASSPHRASE, PASSPHRASE], here)
    check(sealed == 0, f"age seals the plain kit: {shown.strip()!r}")
    (here / "secret").write_text(PASSPHRASE + "\n")
    out = run(MUSTER, "kit", "show", "by-age.kit", "--passphrase-file", "secret", cwd=here)
    check("node host-1" in out and "sip:alice@drill.example" in out, "muster opens what age sealed")


def slips_are_noticed(here: Path) -> None:
    code, shown = typed([MUSTER, "kit", "make", "host-2", "-o", "host-2.kit"], [PASSPHRASE, "something else"], here)
    check(code == 1 and not (here / "host-2.kit").exists(), f"two different passphrases make no kit: {shown.strip()!r}")
    code, shown = typed([MUSTER, "kit", "show", "host-1.kit"], ["wrong passphrase"], here)
    check(code == 1 and "wrong" in shown, f"a wrong passphrase is named: {shown.strip()!r}")
    script = f"trap : INT; {MUSTER} kit show host-1.kit; echo code=$?; stty -a | tr ' ;' '\\n' | grep -x -e echo -e -echo"
    _, shown = typed(["sh", "-c", script], ["\x03"], here)
    check("code=1" in shown and "\necho" in shown, f"Ctrl-C ends the question and leaves the echo on: {shown.strip()!r}")


def main() -> None:
    if not MUSTER.exists():
        skip(f"{MUSTER} is not built")
    for program in ("age", "openssl"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed: apt-get install {program}")
    with tempfile.TemporaryDirectory(prefix="muster-kit-") as directory:
        here = Path(directory)
        provision(here)
        certificates_please_openssl(here)
        kits_open_with_age(here)
        age_files_open_as_kits(here)
        slips_are_noticed(here)


main()
