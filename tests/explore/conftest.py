"""A day over the end of a month, condensed once; each test that writes gets a copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxkit.archive.job import Job
from fluxkit.archive.run import run
from fluxkit.explore.answers import Explorer
from fluxkit.synthetic.tower import make_day


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration; results in ``out`` beside it."""
    folder = tmp_path_factory.mktemp("explored")
    config = make_day(folder, hours=26.0, rate=1.0, start="2024-06-30T10:00", seed=4)
    run(config, folder / "out")
    return config


@pytest.fixture
def copied(archive: Path, tmp_path: Path) -> Path:
    shutil.copytree(archive.parent / "out", tmp_path / "out")
    return Path(shutil.copy(archive, tmp_path))


@pytest.fixture
def explorer(archive: Path) -> Iterator[Explorer]:
    made = Explorer(Job.of(archive, archive.parent / "out"), archive)
    yield made
    made.end()
