"""Gap filling beside the numbers of REddyProc 1.3.3 and ONEFlux' gf_mds: every record of every series."""

import numpy as np
import pytest

import fluxkit as fk
from tests.ecosystem.shared_series import SERIES, series, table_of

SAME = 0.999  #: least share of records that agree
COMPARED = [name for name in SERIES if not name.startswith("truth")]
DRIVERS = ("TA", "VPD", "SW_IN")
ENERGY = [name for name in COMPARED if name not in ("DE-Tha_1996-1998_HH", "CH-LAE_2016-2017_HH")]
REDDYPROC = [(name, v) for name in COMPARED for v in ("NEE", *DRIVERS)] + [
    (name, v) for name in ENERGY for v in ("LE", "H")
]
ONEFLUX = [(name, "NEE_raw") for name in COMPARED if "hourly" not in name] + [
    ("DE-Tha_1998_HH", "NEE_ustar"), ("DE-Tha_1998_HH", "LE_raw"), ("DE-Tha_1998_HH", "H_raw"),
    ("DE-Tha_1998_gaps_HH", "NEE_ustar"), ("DE-Tha_1998_gaps_HH", "LE_raw"),
    ("CH-LAE_2016-2017_HH", "NEE_ustar"), ("US-Tw3_2014-2016_HH", "NEE_ustar"),
    ("US-Tw3_2014-2016_HH", "LE_raw"),
]  # fmt: skip


def agrees(what, got, expected, digits):
    """Compare to the digits that were printed; says how far the worst record is off."""
    got, expected = np.asarray(got), np.asarray(expected)
    same = np.isclose(got, expected, rtol=10.0**-digits, atol=10.0**-digits, equal_nan=True)
    off = np.abs(got - expected)
    worst = off[np.isfinite(off)].max(initial=0.0)
    print(f"{what}: {100 * same.mean():.3f} % of {same.size} records, worst by {worst:.2g}")
    assert same.mean() >= SAME, what


def compare(shared, name, variable, filtered, prefix, variant):
    ds = series(shared, name)
    theirs = table_of(shared, name, "reddyproc_hh.csv.gz")
    if filtered and "USTAR_FLAG" in theirs:
        ds[variable] = ds[variable].where(theirs.USTAR_FLAG.to_numpy() == 0)
    o = fk.ecosystem.fill(ds, variable, method="mds", variant=variant)
    everywhere = f"{prefix}_fall" in theirs
    place = np.isfinite(theirs[f"{prefix}_f"]) if everywhere else ds[variable].isnull().to_numpy()
    agrees("value", o[f"{variable}_F"], theirs[f"{prefix}_f"], 6)
    agrees("quality", o[f"{variable}_F_QC"], theirs[f"{prefix}_fqc"], 6)
    columns = {"_METHOD": "_fmeth", "_WINDOW": "_fwin"}
    columns |= {"_N": "_fnum", "_SD": "_fsd", "_ALL": "_fall"} if everywhere else {}
    for ours, column in columns.items():
        if place.any():
            agrees(ours, o[f"{variable}_F{ours}"].values[place], theirs[prefix + column][place], 6)


@pytest.mark.reference
@pytest.mark.parametrize(("name", "variable"), REDDYPROC)
def test_reddyproc(shared, name, variable):
    compare(shared, name, variable, variable == "NEE", variable, "reddyproc")


@pytest.mark.reference
def test_without_the_filter(shared):
    for name in ("DE-Tha_1998_HH", "US-Tw3_2014-2016_HH"):
        compare(shared, name, "NEE", False, "NEEnf", "reddyproc")


@pytest.mark.reference
def test_vekuri(shared):
    compare(shared, "DE-Tha_1998_HH", "NEE", False, "NEEvek", "vekuri-2023")


@pytest.mark.reference
@pytest.mark.parametrize(("name", "kind"), ONEFLUX)
def test_oneflux(shared, name, kind):
    ds = series(shared, name)
    variable, _, which = kind.partition("_")
    theirs = table_of(shared, name, f"oneflux_mds_{kind}.csv.gz")
    if which == "ustar":
        ds[variable] = ds[variable].where(
            table_of(shared, name, "reddyproc_hh.csv.gz").USTAR_FLAG.to_numpy() == 0
        )
    o = fk.ecosystem.fill(ds, variable, method="mds", variant="oneflux")
    for ours, column in {
        "": "FILLED", "_QC": "QC", "_METHOD": "METHOD", "_WINDOW": "TIMEWINDOW", "_N": "SAMPLE",
        "_SD": "STDDEV", "_ALL": "HAT",
    }.items():  # fmt: skip
        agrees(column, o[f"{variable}_F{ours}"], theirs[column], 5)  # printed with six digits
