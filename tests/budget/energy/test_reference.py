"""Other programs' numbers: flux-data-qaqc's daily closure of US-Tw3, FLUXNET2015's of US-AR1."""

import csv

import numpy as np
import pytest

from fluxkit.budget.energy.closure import available_energy, closure
from fluxkit.budget.energy.corrections import correct_by_ratio, force_closure
from fluxkit.budget.energy.factors import closure_factors, correct_days
from fluxkit.budget.energy.water import evapotranspiration, fill_by_reference
from fluxkit.budget.reading.tables import read_table

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def tw3(shared):
    path = shared / "data" / "halfhourly" / "US-Tw3_daily_closure_reference_fluxdataqaqc.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array(
            [float(row[name]) if row[name] not in ("", "True", "False") else np.nan for row in rows]
        )
        for name in rows[0]
        if name not in ("date", "ET_gap")
    }
    columns["date"] = np.array([row["date"] for row in rows], "M8[D]")
    columns["ET_gap"] = np.array([row["ET_gap"] == "True" for row in rows])
    return columns


def same(ours, theirs, tolerance=1e-6):
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    good = np.isfinite(theirs)
    np.testing.assert_allclose(ours[good], theirs[good], rtol=0, atol=tolerance)


def test_the_daily_ratio_correction_of_us_tw3(tw3):
    available = available_energy(tw3["NETRAD"], tw3["input_G"])
    made = correct_by_ratio(tw3["date"], tw3["H_PI_F"], tw3["LE_PI_F"], available, variant="flux-data-qaqc")
    same(made.ratio, tw3["ebr"])
    same(made.climatology, tw3["ebr_5day_clim"])
    same(made.factor, tw3["ebc_cf"])
    same(made.h, tw3["H_corr"])
    # Their LE_corr is overwritten on days whose ET was filled.
    measured = ~tw3["ET_gap"]
    same(made.le[measured], tw3["LE_corr"][measured])
    # What their table calls ebr_corr is the smoothed ratio, not the corrected one.
    good = np.isfinite(tw3["ebr_corr"])
    np.testing.assert_allclose(made.smoothed[good], tw3["ebr_corr"][good], atol=1e-6)


def test_the_evapotranspiration_of_us_tw3(tw3):
    et = evapotranspiration(tw3["LE_PI_F"], tw3["T_SONIC"])
    same(et, tw3["ET"])
    available = available_energy(tw3["NETRAD"], tw3["input_G"])
    made = correct_by_ratio(tw3["date"], tw3["H_PI_F"], tw3["LE_PI_F"], available, variant="flux-data-qaqc")
    corrected = evapotranspiration(made.le, tw3["T_SONIC"])
    filled = fill_by_reference(corrected, tw3["gridMET_ETr"])
    same(filled.fraction, tw3["ETrF_filtered"])
    same(filled.et, tw3["ET_corr"])
    np.testing.assert_array_equal(filled.filled, tw3["ET_gap"])
    assert filled.filled.sum() == 2


def test_ours_differ_where_their_windows_do(tw3):
    available = available_energy(tw3["NETRAD"], tw3["input_G"])
    args = tw3["date"], tw3["H_PI_F"], tw3["LE_PI_F"], available
    ours, theirs = correct_by_ratio(*args), correct_by_ratio(*args, variant="flux-data-qaqc")
    both = np.isfinite(ours.le) & np.isfinite(theirs.le)
    different = np.abs(ours.le[both] / theirs.le[both] - 1)
    print(f"{(different > 1e-9).mean():.3f} of the days differ, at most by {different.max():.3f}")
    assert (different < 0.1).all()


def test_the_closure_of_us_tw3(tw3):
    available = available_energy(tw3["NETRAD"], tw3["input_G"])
    found = closure(tw3["H_PI_F"], tw3["LE_PI_F"], available)
    print(found.sentence("day"))
    assert np.nanmean((tw3["H_PI_F"] + tw3["LE_PI_F"]) / available) == pytest.approx(np.nanmean(tw3["ebr"]))
    forced = force_closure(tw3["H_PI_F"], tw3["LE_PI_F"], available)
    good = np.isfinite(forced.h)
    np.testing.assert_allclose((forced.h + forced.le)[good], available[good])


@pytest.fixture(scope="module")
def ar1(shared):
    path = shared / "data" / "halfhourly" / "FLX_US-AR1_FLUXNET2015_SUBSET_DD_2009-2012_1-3.xlsx"
    table = read_table(path)
    stamps = table.texts("TIMESTAMP")
    columns = {name: table.numbers(name) for name in map(str, table.frame.columns) if name != "TIMESTAMP"}
    columns["date"] = np.array([f"{s[:4]}-{s[4:6]}-{s[6:8]}" for s in stamps], "M8[D]")
    return columns


def test_the_product_of_us_ar1_is_read_and_closed(ar1):
    assert ar1["date"].size == 1461
    available = available_energy(ar1["NETRAD"], ar1["G_F_MDS"])
    good = (ar1["LE_F_MDS_QC"] > 0.5) & (ar1["H_F_MDS_QC"] > 0.5)
    use = np.where(good, available, np.nan)
    found = closure(ar1["H_F_MDS"], ar1["LE_F_MDS"], use)
    print(found.sentence("day"))
    assert 0.6 < found.ratio < 1.3
    year = ar1["date"].astype("M8[Y]")
    factor = closure_factors(ar1["H_F_MDS"], ar1["LE_F_MDS"], use)
    made = correct_days(
        ar1["H_F_MDS"],
        ar1["LE_F_MDS"],
        factor,
        year.astype(int) + 1970,
        (ar1["date"] - year.astype("M8[D]")).astype(int),
    )
    # Theirs rests on the half hours with all terms, which the daily means do not tell apart.
    first = (made.method == 1) & np.isfinite(ar1["LE_CORR_25"]) & (ar1["LE_F_MDS"] > 10)
    ratio = made.le[first] / ar1["LE_CORR"][first]
    print(f"LE_CORR of ours over theirs, {first.sum()} days: {np.percentile(ratio, [5, 50, 95])}")
    assert first.sum() > 700
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)
    closed = closure(made.h, made.le, use)
    assert abs(closed.ratio - 1) < abs(found.ratio - 1)
