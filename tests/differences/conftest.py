"""Two results of one station, decided in two ways."""

import shutil
from pathlib import Path

import pytest

import fluxkit as fk
from fluxkit.archive.folder.lock import locked
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import results_of
from fluxkit.differences.results import Diff


@pytest.fixture(scope="package")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results folder of two hours of an open path."""
    out = tmp_path_factory.mktemp("results") / "before"
    fk.run("data_samples/open_path/site.toml", out)
    return out


@pytest.fixture(scope="package")
def after(before: Path) -> Path:
    """Return the same moments decided otherwise."""
    out = before.with_name("after")
    shutil.copytree(before, out)
    job = Job.of("data_samples/open_path/site.toml", out)
    site = job.site.with_decisions(high_frequency="moncrieff-1997", lag="constant")
    job = Job(site, job.config, job.base, out)
    with locked(out):
        results_of(RunRecord.read(job))
    return out


@pytest.fixture(scope="package")
def found(before: Path, after: Path) -> Diff:
    """Return what changed, its files beside them."""
    return fk.diff(before, after, out=before.with_name("differences"))
