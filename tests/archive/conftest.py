"""Files of the small station."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a file of n records, with stamps from ``start`` on if that is given."""

    def written(name: str, n: int = 5, start: str | None = None, value: float = 1.0) -> Path:
        path = folder / "raw" / name
        head = "u,v,w,t_sonic" if start is None else "time,u,v,w,t_sonic"
        rows = [head]
        for k in range(n):
            stamp = (
                ""
                if start is None
                else f"{np.datetime64(start, 's') + np.timedelta64(k, 's')},".replace("T", " ")
            )
            rows.append(f"{stamp}{value},{k},0.5,20")
        path.write_text("\n".join(rows) + "\n")
        return path

    return written


@pytest.fixture(scope="session")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configuration and raw files of four half hours on each of three days."""
    from fluxkit.synthetic.tower import make_day

    folder = tmp_path_factory.mktemp("three-days")
    for day in (1, 2, 3):
        make_day(folder, hours=2.0, rate=2.0, start=f"2024-07-0{day}T12:00", seed=day)
    return folder


@pytest.fixture(scope="session")
def undisturbed(three_days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of a run over the three days by one process, without a fault."""
    from fluxkit.archive.run import run

    return run(three_days / "site.toml", tmp_path_factory.mktemp("undisturbed")).paths["fluxes"].parent
