import gzip

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import aerodyne
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.registry import identify
from fluxkit.raw.samples import ProblemLog
from tests.logger_files.binary_files import write_aerodyne

FOLDER = "data/ec_raw/thuenen_aerodyne_qcl"
TIMES = np.datetime64("2016-12-10T00:00:00.5", "ns") + np.arange(200) * np.timedelta64(100_000_000, "ns")
GASES = {"N2O": np.linspace(330.0, 331.0, 200), "CH4": np.linspace(1900.0, 1901.0, 200)}
LAYOUT = Layout(
    "aerodyne", 10.0, (LayoutColumn("n2o", "N2O", scale=1e-9), LayoutColumn("ch4", 3)), "records", 1.0
)


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "161210_000000.str"
    write_aerodyne(found, GASES, TIMES)
    return found


def test_what_was_written_is_read(path):
    assert identify(path) == "aerodyne"
    samples = aerodyne.READER.read(path, LAYOUT)
    assert (samples.start, samples.size) == (np.datetime64("2016-12-09T23:00:00.5"), 200)
    np.testing.assert_allclose(samples.data["n2o"], GASES["N2O"] * 1e-9, rtol=1e-6)
    np.testing.assert_allclose(samples.data["ch4"], GASES["CH4"], rtol=1e-6)


def test_lost_records_leave_gaps(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:51] + lines[61:]))
    n2o = aerodyne.READER.read(path, LAYOUT).data["n2o"]
    assert np.flatnonzero(np.isnan(n2o)).tolist() == list(range(49, 60))  # that before too


def test_a_first_record_of_two_does_not_say_how_many_columns_there_are(path):
    first, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + lines[0].rstrip()[:-3] + lines[1][6:] + b"".join(lines[2:]))
    samples = aerodyne.READER.read(path, LAYOUT)
    assert samples.size == 198
    np.testing.assert_allclose(samples.data["n2o"], GASES["N2O"][2:] * 1e-9, rtol=1e-6)


def test_names_of_gases_and_of_columns_without(tmp_path):
    content = (
        b"12/10/2016 00:00:00 0.004 3564172800.000 23:00:00 SPEC:N2O, H2O 1,N2O\r\n3564172800.5 1 2 3 4 \r\n"
    )
    found = aerodyne.describe(Contents("x", content), ProblemLog("x"))
    assert found.names == ("time", "N2O", "H2O_1", "N2O-2", "column_5")
    assert found.units == ("s", "nmol mol-1", "nmol mol-1", "nmol mol-1", "")


def test_an_hour_value_by_value(shared):
    """numpy's reader of text is the other opinion."""
    path = shared / FOLDER / "161210_000000.str.gz"
    found = aerodyne.describe(Contents(str(path), gzip.decompress(path.read_bytes())), ProblemLog(""))
    table = np.loadtxt(path, skiprows=1)
    assert found.kinds == "sn"
    taken = found.load([0, 1], ())
    np.testing.assert_array_equal(taken.values, table.T)
    seconds = taken.stamps / 1e9 + aerodyne.EPOCH_S
    worst = np.abs(seconds - table[:, 0]).max()
    print("worst deviation of a stamp [s]:", worst)
    assert worst < 1e-6
    assert inspect(path).rate == 10.0


def test_state_of_the_instrument(shared):
    path = shared / FOLDER / "161210_000000.stc.gz"
    found = inspect(path)
    assert (found.format, found.records, found.rate) == ("aerodyne", 3600, 1.0)
    cell = next(column for column in found.columns if column.name == "Traw")
    assert 306.0 < cell.minimum < cell.maximum < 307.0


@pytest.mark.parametrize("content", [b"", b"words\n1 2\n", b"12/10/2016 00:00:00 0 1 SPEC:N2O\r\n"])
def test_no_such_file(tmp_path, content):
    path = tmp_path / "x.str"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"empty|is not a file of an Aerodyne laser|holds no record"):
        aerodyne.READER.read(path, LAYOUT)
