import subprocess
import sys
import tomllib

import numpy as np
import pytest

from fluxkit.constants import MOLAR_MASS, T_ZERO
from fluxkit.errors import ReadError
from fluxkit.raw.reading import layout_of, open_raw, read, times
from fluxkit.raw.samples import Samples
from fluxkit.site.models import Site

SITE = """
[station]
id = "XX-Tst"
latitude = 50.0
longitude = 8.0
altitude = 100.0
utc_offset_h = 1.0
canopy_height = 0.2

[[instruments]]
kind = "sonic"
id = "sonic"
model = "csat3"
height = 3.0

[[instruments]]
kind = "gas_analyser"
id = "irga"
model = "li-7500"

[raw]
files = "*.csv"
format = "delimited"
rate = 10.0
file_time = "name"
name_pattern = "x_%Y%m%d%H%M.csv"
name_time_is = "start"

[columns]
u = { column = "u", unit = "cm s-1", instrument = "sonic" }
v = { column = "v", unit = "m s-1", instrument = "sonic" }
w = { column = "w", unit = "m s-1", instrument = "sonic" }
t_sonic = { column = "t_sonic", unit = "degC", instrument = "sonic" }
co2 = { column = "c", unit = "mg m-3", instrument = "irga", gain = 2.0, offset = 1.0 }
"""


@pytest.fixture
def site():
    text = tomllib.loads(SITE)
    return Site.model_validate(text)


@pytest.fixture
def path(write):
    lines = ["u,v,w,t_sonic,c", *(f"{k},2,-1,20.5,300" for k in range(10))]
    lines[3] = "1,2,bad,20.5,300"
    return write(lines)


def test_layout_of_a_site(site):
    layout = layout_of(site)
    columns = {c.variable: c for c in layout.columns}
    assert columns["u"].scale == 1e-2
    assert columns["t_sonic"].shift == T_ZERO
    assert columns["co2"].scale == pytest.approx(1e-6 / MOLAR_MASS["co2"])
    assert (columns["co2"].gain, columns["co2"].offset) == (2.0, 1.0)
    assert layout.utc_offset_h == 1.0
    assert layout.precision == "float64"
    assert layout.missing == ("-9999",)


def test_zone_of_the_files_may_differ(site):
    data = site.model_dump()
    data["raw"]["utc_offset_h"] = 0.0
    assert layout_of(Site.model_validate(data)).utc_offset_h == 0.0


def test_dataset(site, path):
    ds = open_raw(path, site)
    assert dict(ds.sizes) == {"time": 10}
    assert ds.time.dtype == "datetime64[ns]"
    assert ds.time.values[[0, -1]].tolist() == [
        np.datetime64(t, "ns").astype(int) for t in ("2020-01-01T11:00", "2020-01-01T11:00:00.9")
    ]
    assert {name: ds[name].attrs["units"] for name in ds} == {
        "u": "m s-1",
        "v": "m s-1",
        "w": "m s-1",
        "t_sonic": "K",
        "co2": "mol m-3",
    }
    np.testing.assert_allclose(ds.co2, 601e-6 / MOLAR_MASS["co2"], rtol=1e-14)
    assert np.flatnonzero(np.isnan(ds.w)).tolist() == [2]
    assert ds.attrs["problems"] == [f"{path}:4: column 'w' holds 'bad', which is no number"]
    assert (ds.attrs["rate"], ds.attrs["records"], ds.attrs["source"]) == (10.0, 10, path.name)


def test_unknown_format(site, path):
    data = site.model_dump()
    data["raw"]["format"] = "tob9"
    with pytest.raises(ReadError, match="unknown format 'tob9'"):
        read(path, layout_of(Site.model_validate(data)))


def test_times_of_a_rate_without_whole_nanoseconds():
    samples = Samples(np.datetime64("2020-01-01", "ns"), 30.0, {"u": np.zeros(31)})
    found = times(samples)
    assert found[30] == np.datetime64("2020-01-01T00:00:01")
    assert found[1] == np.datetime64("2020-01-01T00:00:00.033333333")


def test_importing_the_readers_loads_nothing_heavy():
    code = (
        "import sys, fluxkit.raw.registry, fluxkit.raw.inspection;"
        "import fluxkit.raw.formats.toa5, fluxkit.raw.formats.icos;"
        "print([m for m in ('pandas', 'xarray', 'numba', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CASES = {
    "fluxpart": ("real/TOA5_6843.ts_Above_2012_06_07_1300.dat", "2012-06-07T21:00", 18_000),
    "de-hoh": ("real/DE-HoH_EC_201907301200_v01.csv", "2019-07-30T10:30", 36_000),
    "synthetic_a": ("synthetic_A/synA_202506120400.csv.gz", None, 17_100),
    "synthetic_b": ("synthetic_B/synB_202507030830.csv.gz", None, 36_000),
    "ameriflux_gold": ("ameriflux_gold_openpath/raw/G1041200.RAW.gz", None, 17_999),
    "finse": ("finse_10hz/raw/2018-07-20T083000.csv.gz", None, 18_000),
}


@pytest.mark.parametrize("case", CASES)
def test_measured_and_synthetic_files(shared, request, case):
    from fluxkit.site.toml.loading import load

    name, start, size = CASES[case]
    site = load(request.config.rootpath / "tests" / "sites" / f"{case}.toml")
    samples = read(shared / "data/ec_raw" / name, layout_of(site))
    assert samples.size == samples.records == size
    assert samples.problems == []
    if start is not None:
        assert samples.start == np.datetime64(start)
    assert 230 < np.nanmean(samples.data["t_sonic"]) < 320
    assert 0.001 < np.nanmean(samples.data["co2"]) < 0.03 or 3e-4 < np.nanmean(samples.data["co2"]) < 5e-4
    assert all(np.isnan(x).mean() < 0.05 for x in samples.data.values())
