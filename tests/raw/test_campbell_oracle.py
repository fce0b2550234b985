"""Campbell's binary tables against what the maker's converter, or another one, made of them."""

import csv
import gzip
import io

import numpy as np
import pytest

from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.opening import contents
from fluxkit.raw.registry import identify, reader
from fluxkit.raw.samples import ProblemLog

LOGGER = "campbell_logger_testfiles"
CASES = {
    f"{LOGGER}/TOB1_full10.dat": f"{LOGGER}/TOA5_TOB1_full10_2026_02_19_0946.dat",
    f"{LOGGER}/TOB1_full16.dat": f"{LOGGER}/TOA5_TOB1_full16_2026_02_19_0946.dat",
    f"{LOGGER}/TOB1_full24.dat": f"{LOGGER}/TOA5_TOB1_full24_2026_02_19_0946.dat",
    f"{LOGGER}/TOB1_full27.dat": f"{LOGGER}/TOA5_TOB1_full27_2026_02_19_0946.dat",
    f"{LOGGER}/TOB3_long19.dat": f"{LOGGER}/TOA5_TOB3_long19_2026_02_19_0946.dat",
    f"{LOGGER}/TOB3_long24.dat": f"{LOGGER}/TOA5_TOB3_long24_2026_02_19_0946.dat",
    f"{LOGGER}/TOB3_long27.dat": f"{LOGGER}/TOA5_TOB3_long27_2026_02_19_0946.dat",
    f"{LOGGER}/TOB3_partial3.dat.gz": f"{LOGGER}/TOA5_TOB3_partial3_2026_02_20_1307.dat.gz",
    "cr6_two_sonics_tob3/Slow_2026-03-26_00-01-34.dat.gz": (
        "cr6_two_sonics_tob3/TOA5_Slow_2026-03-26_00-01-34.dat.gz"
    ),
    "cr6_two_sonics_tob3/Sonic_2026-03-26_00-03-23.dat.gz": (
        "cr6_two_sonics_tob3/TOA5_Sonic_2026-03-26_00-03-23.dat.gz"
    ),
    "ugs_easyflux_tob3/21314_Flux_CSFormat_52.dat": (
        "ugs_easyflux_tob3/TOA5_21314_Flux_CSFormat_52_2026_02_23_1700.dat.gz"
    ),
}
#: Half a unit of the seventh digit, with which the converter writes single precision.
SEVENTH = 5.1e-7


def described(path) -> tuple[SelfDescribedTable, Columns]:
    content = contents(path)
    found = reader(identify(path)).describe(content, ProblemLog(content.source))
    return found, found.load(range(len(found.names)), ())


def converted(path) -> tuple[list[str], list[list[str]]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("latin-1"), newline="")))
    return rows[1], rows[4:]


def number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def stamp(text: str) -> int:
    return int(np.datetime64(text.replace(" ", "T"), "ns").astype(np.int64))


@pytest.mark.parametrize("name", CASES, ids=lambda name: name.rpartition("/")[2])
def test_every_value_is_that_of_the_conversion(shared, name):
    folder = shared / "data/ec_raw"
    found, taken = described(folder / name)
    names, rows = converted(folder / CASES[name])
    assert taken.lines.size == len(rows)
    np.testing.assert_array_equal(taken.stamps, [stamp(row[0]) for row in rows])
    np.testing.assert_array_equal(taken.counts, [float(row[1]) for row in rows])
    worst = {}
    columns = [
        k for k, column in enumerate(found.names) if column not in ("SECONDS", "NANOSECONDS", "RECORD")
    ]
    assert [found.names[k] for k in columns] == names[2:]
    for place, k in enumerate(columns, start=2):
        if found.kinds[k] == "s":
            expected = np.array([stamp(row[place]) / 1e9 - 631_152_000 for row in rows])
            np.testing.assert_allclose(taken.values[k], expected, rtol=0, atol=1e-6)
            continue
        expected = np.array([number(row[place]) for row in rows])
        if "bool8" in found.names[k]:  # eight bits, written as such
            expected = np.array([float(int(row[place], 2)) for row in rows])
        ours = taken.values[k]
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(expected), err_msg=found.names[k])
        good = ~np.isnan(ours)
        off = np.abs(ours - expected)[good] / np.maximum(np.abs(expected[good]), 1e-300)
        worst[found.names[k]] = float(off.max(initial=0.0))
    print(name, "worst relative deviation", max(worst.items(), key=lambda item: item[1]))
    assert max(worst.values()) < SEVENTH
