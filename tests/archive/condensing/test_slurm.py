"""An archive on a real SLURM of one node, where its programs are installed (Debian: slurm-wlm, munge)."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxkit.archive.run import run
from tests.archive.results import require_same
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

distributed = pytest.importorskip("distributed")
jobqueue = pytest.importorskip("dask_jobqueue")

_CONF = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={other}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """Start munge and SLURM from a folder of their own; stop them afterwards."""
    needed = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in
              ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")}  # fmt: skip
    if None in needed.values():
        pytest.skip("SLURM is not installed")
    if os.geteuid() != 0:
        pytest.skip("slurmd wants to be started by root")
    folder = Path("/run") / f"fluxkit-slurm-{os.getpid()}"  # munge wants a folder that only root can write to
    folder.mkdir(mode=0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    conf, host = folder / "slurm.conf", socket.gethostname().partition(".")[0]
    ports = {"port": free_port(), "other": free_port()}
    conf.write_text(_CONF.format(host=host, user="root", folder=folder, **ports))
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    environment = os.environ | {"SLURM_CONF": str(conf)}
    files = {
        "key": "munge.key",
        "socket": "munge.socket",
        "pid": "munged.pid",
        "log": "munged.log",
        "seed": "seed",
    }
    options = [
        f"--{word}={folder / name}" if word == "socket" else f"--{word}-file={folder / name}"
        for word, name in files.items()
    ]
    munge = [needed["munged"], "--foreground", "--force", *options]
    started = [subprocess.Popen(munge)]
    try:
        wait_until(lambda: (folder / "munge.socket").exists())
        started.append(subprocess.Popen([needed["slurmctld"], "-D", "-f", str(conf)], env=environment))
        started.append(subprocess.Popen([needed["slurmd"], "-D", "-f", str(conf)], env=environment))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SLURM_CONF", str(conf))
            wait_until(lambda: "idle" in said("sinfo", "-h", "-o", "%T"), 120)
            yield folder
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_workers_of_dask_jobqueue(slurm, three_days, undisturbed, tmp_path):
    """Two jobs of one worker each, as the documentation shows it."""
    log = tmp_path / "logs"
    with (
        jobqueue.SLURMCluster(
            cores=1, processes=1, memory="1500MB", walltime="00:20:00", python=sys.executable,
            interface="lo", log_directory=str(log), local_directory=str(tmp_path),
            job_script_prologue=[f"export PYTHONPATH={os.environ.get('PYTHONPATH', '')}"],
            scheduler_options={"dashboard_address": None},
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        cluster.scale(jobs=2)
        client.wait_for_workers(2, timeout=240)
        assert len(said("squeue", "-h", "-t", "RUNNING").splitlines()) == 2
        run(three_days / "site.toml", tmp_path / "out", client=client)
    require_same(tmp_path / "out", undisturbed)


def test_shards_of_a_job_array(slurm, three_days, undisturbed, tmp_path):
    """The script that the documentation shows, with three jobs."""
    out = tmp_path / "out"
    script = tmp_path / "condense.sh"
    command = f"{sys.executable} -m fluxkit condense {three_days}/site.toml -o {out}"
    script.write_text(
        "#!/bin/bash\n#SBATCH --array=1-3\n#SBATCH --cpus-per-task=1\n"
        f'srun {command} --shard "$SLURM_ARRAY_TASK_ID/3" --workers "$SLURM_CPUS_PER_TASK" --json-log\n'
    )
    answer = subprocess.run(
        ["sbatch", "--wait", "--parsable", f"--output={tmp_path}/%a.log", str(script)],
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    logs = "\n".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert answer.returncode == 0, f"{answer.stderr}\n{logs}"
    done = subprocess.run(
        [sys.executable, "-m", "fluxkit", "decide", f"{three_days}/site.toml", "-o", str(out), "-q"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    require_same(out, undisturbed)
