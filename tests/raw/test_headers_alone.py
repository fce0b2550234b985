"""A file that ends behind its header is called so, by whoever looks at it."""

import numpy as np
import pytest

from fluxkit.archive.planning.plan import plan_archive
from fluxkit.errors import NoInputError, ReadError
from fluxkit.raw.inspection import inspect
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files import binary_writers
from tests.small_station import make_site

FIELDS = [Field(name, "m/s", 2) for name in ("u", "v", "w")]
BEGIN = np.datetime64("2024-07-01T10:00", "ns")
LINES = {"toa5": 4, "tob1": 5, "tob3": 6, "delimited": 1}


def written(path, kind):
    columns = [np.arange(20.0)] * 3
    if kind == "toa5":
        write_toa5(path, FIELDS, columns, time_stamps(BEGIN, 20, 10.0))
    elif kind == "delimited":
        path.write_text("time,u,v,w,t_sonic\n" + "2024-07-01 10:00:00,1,2,3,4\n" * 9)
    else:
        getattr(binary_writers, f"write_{kind}")(path, FIELDS, columns, BEGIN, 10.0)
    return path.read_bytes()


@pytest.mark.parametrize("kind", LINES)
def test_it_is_told(tmp_path, kind):
    path = tmp_path / "x.csv"
    parts = written(path, kind).split(b"\n", LINES[kind])
    path.write_bytes(b"\n".join(parts[:-1]) + b"\n")
    with pytest.raises(ReadError, match="header, no records"):
        inspect(path)


def test_a_run_leaves_it_out_with_that_reason(folder_of_one):
    site = make_site(file_time="records", time_column="time")
    with pytest.raises(NoInputError, match=r"none of 1 files can be used; .*header, no records"):
        plan_archive(site, folder_of_one)


@pytest.fixture
def folder_of_one(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "x.csv").write_text("time,u,v,w,t_sonic\n")
    return tmp_path
