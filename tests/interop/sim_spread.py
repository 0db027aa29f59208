#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`muster sim plan`: its scripts are run by the real GNU parallel and by a real Slurm of one node, which this test starts and stops."""
import os
import socket
import subprocess
import sys
import time

from emulator_support import skip
from machines import die_with_parent
from sim_support import SWARM, Workshop, check, require, runs_in

SHARDS = 3
SEEDS = 9


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_until(what, test, seconds=30):
    until = time.monotonic() + seconds
    while not test():
        if time.monotonic() > until:
            check(what, False, f"not within {seconds} s")
        time.sleep(0.1)


def succeeds(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, **options).returncode == 0


class Slurm:
    """munged, slurmctld and slurmd for one node: no systemd, no accounting, everything below one directory."""

    def __init__(self, directory):
        self.directory = directory
        self.daemons = []
        self.environment = {**os.environ, "SLURM_CONF": str(directory / "slurm.conf")}
        for name in ("", "state", "spool", "munge"):
            (directory / name).mkdir(exist_ok=True)
            (directory / name).chmod(0o755)

    def configure(self):
        host = socket.gethostname().split(".")[0]
        controller, node = free_ports(2)
        (self.directory / "slurm.conf").write_text(f"""ClusterName=muster
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={self.directory}/munge/socket
CredType=cred/munge
SlurmUser=root
StateSaveLocation={self.directory}/state
SlurmdSpoolDir={self.directory}/spool
SlurmctldPidFile={self.directory}/slurmctld.pid
SlurmdPidFile={self.directory}/slurmd.pid
SlurmctldLogFile={self.directory}/slurmctld.log
SlurmdLogFile={self.directory}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=1,sched_interval=5
ReturnToService=2
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")

    def __enter__(self):
        self.configure()
        munge = self.directory / "munge"
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o400)
        try:
            self.start(["munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                            f"--log-file={munge}/log", f"--seed-file={munge}/seed"])
            wait_until("munged answers", lambda: succeeds("munge", "-n", "-S", f"{munge}/socket"))
            for daemon in ("slurmctld", "slurmd"):
                self.start([daemon, "-D", "-f", str(self.directory / "slurm.conf")])
            wait_until("the node is idle", lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T"))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, words):
        self.daemons.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             preexec_fn=die_with_parent))

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait(20)

    def ask(self, *words):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout

    def submit(self, script, directory):
        done = subprocess.run(["sbatch", "--parsable", str(script)], env=self.environment, capture_output=True, text=True, timeout=30,
                              check=False, cwd=directory)
        check("sbatch takes the script", done.returncode == 0, done.stderr.strip() or f"job {done.stdout.strip()}")
        return done.stdout.strip()


def plan(shop, kind, directory):
    (shop.path / directory).mkdir()
    shop.sim("plan", f"--{kind}", SWARM, "--seeds", f"0:{SEEDS}", "--shards", SHARDS, "--set", "medium.loss={ rate = 0.05 }",
             "--out", directory, "-o", f"{directory}.sh")
    return shop.path / f"{directory}.sh"


def check_runs(shop, directory, by):
    files = sorted((shop.path / directory).glob("*.jsonl"))
    check(f"{by}: each shard wrote its file", len(files) == SHARDS, [file.name for file in files])
    seeds = sorted(run["seed"] for file in files for run in runs_in(file))
    check(f"{by}: every seed was run once", seeds == list(range(SEEDS)))
    shop.sim("merge", *files)
    return {run["seed"]: run["trace_sha256"] for file in files for run in runs_in(file)}


def main():
    require(("parallel", "parallel"), ("munged", "munge"), ("slurmctld", "slurmctld"), ("slurmd", "slurmd"),
            ("sbatch", "slurm-client"))
    if os.geteuid() != 0:
        skip("root is needed to start munged and slurmd; run it with sudo")
    with Workshop() as shop:
        script = plan(shop, "parallel", "by-parallel")
        subprocess.run([str(script), "-j", "2"], check=True, timeout=120, capture_output=True)
        traces = check_runs(shop, "by-parallel", "GNU parallel")
        script = plan(shop, "slurm", "by-slurm")
        with Slurm(shop.path / "slurm") as slurm:
            job = slurm.submit(script, shop.path)
            wait_until("the job array ends", lambda: slurm.ask("squeue", "-h", "-j", job).strip() == "", 120)
        check("both made the same runs", check_runs(shop, "by-slurm", "Slurm") == traces)
    return 0


sys.exit(main())
