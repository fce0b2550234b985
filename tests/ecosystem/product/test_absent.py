"""Reasons for columns that are not there: each is true of the run at hand."""

import numpy as np
import pytest

from fluxkit.ecosystem.product import names
from fluxkit.ecosystem.product.sources import sources_of
from fluxkit.ecosystem.product.tables import Table
from tests.ecosystem.product.test_product import filled


def reasons(ds, resolution="HH"):  # type: ignore[no-untyped-def]
    return Table(sources_of(ds), resolution).absent


@pytest.mark.parametrize("resolution", names.RESOLUTIONS)
@pytest.mark.parametrize("members", [False, True])
def test_no_quantity_that_was_measured_is_said_not_to_be_in_the_input(resolution: str, members: bool) -> None:
    ds = filled(60, members=members)
    measured = {str(name) for name in ds if ds[name].dims == ("time",) and np.isfinite(ds[name].values).any()}
    for name, why in reasons(ds, resolution).items():
        if why.endswith("is not in the input"):
            assert why.split()[0] not in measured, name
        elif "without" in why:
            lacking = why.partition("without ")[2].removesuffix(" in the input").split(", ")
            assert not measured & set(lacking), name


def test_only_methane() -> None:
    ds = filled(60)
    ds = ds.drop_vars([str(n) for n in ds if str(n).startswith(("NEE", "GPP", "RECO", "LE", "H"))])
    found = reasons(ds, "DD")
    for name in (
        "NEE_VUT_REF",
        "NEE_CUT_05_QC",
        "GPP_DT_VUT_SE",
        "NEE_VUT_REF_NIGHT_JOINTUNC",
        "DAY_RANDUNC_N",
    ):
        assert found[name] == "NEE is not in the input"
    assert found["LE_RANDUNC"] == found["LE_F_MDS_QC"] == "LE is not in the input"
    assert found["H_CORR_JOINTUNC"].startswith("needs NETRAD, G, H, LE: without NETRAD, G, H, LE")


def test_one_version_alone() -> None:
    ds = filled(60).assign_attrs(ustar_filter="already filtered")
    found = reasons(ds)
    alone = "one version alone, no ensemble of thresholds; u* filter: already filtered"
    assert found["NEE_VUT_05"] == found["NEE_VUT_SE"] == found["GPP_NT_VUT_USTAR50"] == alone
    assert found["NEE_CUT_REF"] == "the one version of NEE stands under VUT; u* filter: already filtered"
    assert found["GPP_DT_VUT_REF"] == "not parted by the day-time method, see Notes"


def test_members_that_one_method_alone_has_parted() -> None:
    ds = filled(60, members=True)
    ds["RECO_DT"] = ("time", np.full(ds.sizes["time"], 3.0))
    found = reasons(ds)
    assert found["RECO_DT_VUT_05"] == found["RECO_DT_CUT_REF"]
    assert found["RECO_DT_VUT_05"].startswith("the day-time method parted one threshold, under VUT")
    assert "NEE_VUT_05" not in found


def test_sums_that_open_gaps_prevent() -> None:
    ds = filled(365, members=True)
    ds["NEE_F"] = ds["NEE_F"].copy()
    ds["NEE_F"][:, 2:, 100:150] = np.nan  # of the stricter thresholds
    ds["P"][7] = np.nan
    year, day = reasons(ds, "YY"), reasons(ds, "DD")
    assert year["NEE_VUT_MEAN"].startswith("fewer than 7 thresholds have a year without open gaps")
    assert year["P_F"] == "every year has a gap that stays open, and a sum needs all of its records"
    assert "NEE_VUT_REF" not in year
    assert "NEE_VUT_MEAN" not in day
    assert "P_F" not in day


def test_where_the_place_is_not_known() -> None:
    ds = filled(60)
    ds.attrs = {"site": "DE-Abc"}
    found = reasons(ds, "DD")
    assert "latitude and longitude" in found["SW_IN_POT"]
    assert found["LW_IN_JSB"].endswith("without latitude and longitude in the input")
    bare = reasons(ds.drop_vars(["SW_IN", "SW_IN_F", "SW_IN_F_QC"]), "DD")
    assert bare["TA_F_NIGHT"] == bare["NIGHT_D"]
    assert "night and day cannot be told" in bare["NIGHT_D"]


def test_a_side_of_the_day_has_a_mean_and_no_sum() -> None:
    ds = filled(60)
    ds["NEE_F"][:] = np.where(np.arange(ds.sizes["time"]) % 48 < 8, np.nan, ds["NEE_F"].values)
    found = reasons(ds, "DD")
    assert found["NEE_VUT_REF"] == "every day has a gap that stays open, and a sum needs all of its records"
    assert found["NEE_VUT_REF_NIGHT_RANDUNC"].startswith("too few measured records of NEE")
    assert "NEE_VUT_REF_DAY" not in found
