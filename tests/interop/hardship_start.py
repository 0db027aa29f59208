#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A node that cannot start, or not fully: each reason is one line that names the thing, the reason and the remedy, and an exit
code; nothing crashes, and as soon as the reason is gone the node starts."""
import os
import shutil
import sqlite3
import sys

from emulator_support import build_directory, require
from machines import Ethernet, Node, check, install_kit, provision, refused, settings, udp_socket, wait_until

NOBODY = 65534
MUSTERD = ("musterd", "--config", "musterd.toml")


def refuses(what, machine, *command, code=1, says=(), user=None):
    """The program ends by itself with this code, and its only line says all of `says`."""
    got, line = refused(machine, *command, user=user)
    check(what, got == code and all(word in line for word in says), f"exit {got}, {line}")


def starts(what, machine, **options):
    node = Node(machine, **options).wait()
    check(what, node.stop() == 0)


def configurations(machine):
    faults = {
        "an unknown key": ("[sip]\nlisten = \"127.0.0.1:5060\"\nlissen = 1\n", ["musterd.toml:3", "sip.lissen", "unknown key", "listen"]),
        "an unknown section": ("[phone]\nx = 1\n", ["musterd.toml:1", "phone", "unknown section", "[sip]"]),
        "a value of the wrong kind": ("[sip]\nlisten = 5060\n", ["musterd.toml:2", "sip.listen", "127.0.0.1:5060"]),
        "text that is no TOML": ("[sip\nlisten", ["musterd.toml:1", "not TOML"]),
        "a link without interface": ("[[link]]\nkind = \"udp\"\n", ["musterd.toml:1", "interface"]),
        "octets that are no text": ("\xff\xfe\x00\x01", ["musterd.toml:1", "not TOML"]),
    }
    for what, (text, says) in faults.items():
        (machine.home / "musterd.toml").write_bytes(text.encode("latin-1"))
        refuses(f"a configuration with {what}", machine, *MUSTERD, code=2, says=says)
    refuses("no configuration", machine, "musterd", "--config", "nowhere.toml", code=2, says=["nowhere.toml", "exist"])
    refuses("a folder as configuration", machine, "musterd", "--config", ".", code=2, says=["read", "file"])
    refuses("an unknown option", machine, "musterd", "--confug", "x", code=2, says=["--confug", "--help"])
    refuses("no option", machine, "musterd", code=2, says=["--config", "--help"])
    settings(machine)


def kits(machine, other):
    refuses("no kit installed", machine, *MUSTERD, says=["/var/lib/muster", "muster kit install"])
    (machine.home / "wrong").write_text("open sesame, please\n")
    refuses("a wrong passphrase", machine, "muster", "kit", "install", "host-1.kit", "--state", machine.state, "--passphrase-file",
            "wrong", says=["host-1.kit", "passphrase is wrong"])
    check("and leaves nothing behind", not (machine.home / "var-lib/muster/identity.kit").exists())
    sealed = (machine.home / "host-1.kit").read_bytes()
    for what, damage in {"a damaged kit": sealed[:-20] + bytes(20), "half a kit": sealed[:len(sealed) // 2], "an empty kit": b"",
                         "a kit that is none": b"Dear Sir or Madam\n" * 50}.items():
        (machine.home / "damaged.kit").write_bytes(damage)
        refuses(what, machine, "muster", "kit", "install", "damaged.kit", "--state", machine.state, "--passphrase-file", "passphrase",
                says=["damaged.kit"])
    install_kit(machine, machine, "host-1")
    shutil.copy(other.home / "host-9.kit", machine.home)
    refuses("a kit of another overlay over this one's", machine, "muster", "kit", "install", "host-9.kit", "--state", machine.state,
            "--passphrase-file", "passphrase", says=["host-1", "drill.example", "--force"])
    identity = machine.home / "var-lib/muster/identity.kit"
    plain = identity.read_bytes()
    for what, damage in {"a damaged identity": plain[:100] + bytes([plain[100] ^ 1]) + plain[101:], "half an identity": plain[:500],
                         "an empty identity": b""}.items():
        identity.write_bytes(damage)
        refuses(what, machine, *MUSTERD, says=["identity.kit"])
    identity.write_bytes(plain)
    identity.chmod(0o644)
    refuses("an identity that others may read", machine, *MUSTERD, says=["identity.kit", "chmod 600"])
    identity.chmod(0o600)
    starts("with kit and configuration in order the node starts", machine)


def databases(machine):
    database = machine.home / "var-lib/muster/muster.db"
    whole = database.read_bytes()
    check("a node that was stopped leaves its database in one file", len(whole) >= 8192, f"{len(whole)} octets")
    for what, damage in {"a database of zeros": bytes(len(whole)), "a database overwritten in its middle":
                         whole[:4096] + os.urandom(len(whole) - 4096), "half a database": whole[:len(whole) // 2],
                         "a text as database": b"Dear Sir or Madam\n" * 500}.items():
        database.write_bytes(damage)
        refuses(what, machine, *MUSTERD, says=["muster.db", "damaged", "move it aside"])
        for name in ("muster.db-wal", "muster.db-shm"):
            (database.parent / name).unlink(missing_ok=True)
    database.write_bytes(whole)
    with sqlite3.connect(database) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    refuses("a database of a newer musterd", machine, *MUSTERD, says=["muster.db", "newer musterd"])
    with sqlite3.connect(database) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    starts("with its own database the node starts", machine)
    database.unlink()
    starts("and without one it makes a new one", machine)


def sockets(machine):
    holder = machine.sockets(lambda: udp_socket(machine.address, 5060))
    refuses("the SIP port is in use", machine, *MUSTERD, says=["sip.listen", f"{machine.address}:5060", "in use", "another"])
    holder.close()
    settings(machine)
    text = (machine.home / "musterd.toml").read_text()
    (machine.home / "musterd.toml").write_text(text.replace(machine.address, "198.51.100.7"))
    refuses("a SIP address of another machine", machine, *MUSTERD, says=["198.51.100.7:5060", "address"])
    settings(machine, '[control]\nsocket = "ipc:///nowhere/at/all.sock"')
    refuses("a control socket in no folder", machine, *MUSTERD, says=["/nowhere/at/all.sock", "folder"])

    settings(machine)
    running = Node(machine).wait()
    (machine.home / "second.toml").write_text(text.replace(":5060", ":5062"))
    refuses("a second musterd with the state of the first", machine, "musterd", "--config", "second.toml",
            says=["/var/lib/muster", "uses it", "--state"])
    machine.run("muster", "kit", "install", "host-1.kit", "--state", "/var/lib/second", "--passphrase-file", "passphrase")
    with open(machine.home / "second.toml", "a") as configuration:
        configuration.write(f'[state]\ndirectory = "/var/lib/second"\n[control]\nsocket = "ipc://{machine.state}/control.sock"\n')
    refuses("a second musterd with the control socket of the first", machine, "musterd", "--config", "second.toml",
            says=["control.sock", "another musterd"])
    check("the first goes on", running.alive() and machine.ask("status") is not None)
    running.kill()
    starts("a control socket left behind by kill -9 is taken over", machine)

    held = machine.sockets(lambda: udp_socket(machine.address, 20000))
    settings(machine, "[media]\nports = [20000, 20001]")
    node = Node(machine).wait()
    check("a range of media ports that others have is said at the start", "media.ports: " in machine.log(), machine.log().splitlines()[-1])
    check("and the node runs", node.stop() == 0)
    held.close()
    settings(machine)

    held = machine.sockets(lambda: udp_socket("", 7077))
    node = Node(machine).wait()
    wait_until("the node says that the link's port is in use", lambda: "UDP port 7077: Address already in use" in machine.log(), 5)
    (machine.home / "musterd.log").write_text("")
    held.close()
    wait_until("and takes the port when it is free", lambda: "link wlan0 is up" in machine.log(), 5)
    check("a link's port in use is said, and tried again until it is free", node.stop() == 0)

    settings(machine, link='port = 7078\n[[link]]\nkind = "udp"\ninterface = "nowhere0"')
    node = Node(machine).wait()
    wait_until("an interface that is not there", lambda: "link nowhere0: there is no such interface" in machine.log(), 5)
    check("an interface that is not there is said; the other link works", node.stop() == 0)
    settings(machine)


def rights(machine):
    state = machine.home / "var-lib/muster"
    refuses("a state directory of somebody else", machine, *MUSTERD, user=NOBODY, says=["/var/lib/muster", "ermission denied"])
    for path in (state, *state.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    node = Node(machine, user=NOBODY).wait()
    wait_until("the link is up", lambda: "link wlan0 is up" in machine.log(), 5)
    check("a node needs no root", node.stop() == 0)
    text = (machine.home / "musterd.toml").read_text()
    (machine.home / "musterd.toml").write_text(text.replace(":5060", ":80"))
    machine.run("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=1024")
    refuses("a port that is not for everybody", machine, *MUSTERD, user=NOBODY, says=["sip.listen", ":80", "ermission denied"])
    settings(machine)
    for path in (state, *state.iterdir()):
        os.chown(path, 0, 0)


def disks(machine):
    machine.run("mount", "--bind", machine.state, machine.state)
    machine.run("mount", "-o", "remount,ro,bind", machine.state)
    refuses("a state directory that cannot be written", machine, *MUSTERD, says=["/var/lib/muster", "ead-only"])
    machine.run("umount", machine.state)
    machine.run("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", machine.state)
    install_kit(machine, machine, "host-1")
    machine.run("sh", "-c", f"cat /dev/zero > {machine.state}/ballast || true")
    refuses("a full disk", machine, *MUSTERD, says=["/var/lib/muster/", "make room"])
    machine.run("rm", f"{machine.state}/ballast")
    starts("with room again the node starts", machine)


def main():
    build = build_directory()
    require(build, programs=("musterd", "muster"), tools=("ip", "setpriv"))
    with Ethernet(build, ["host-1", "host-9"]) as (machine, other):
        provision(machine, "drill.example", {"host-1": ["alice"]})
        provision(other, "other.example", {"host-9": ["mallory"]})
        configurations(machine)
        kits(machine, other)
        databases(machine)
        sockets(machine)
        rights(machine)
        disks(machine)
    return 0


sys.exit(main())
