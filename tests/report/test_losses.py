"""Each period is counted once, under the first reason."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.report.losses import account_of_losses, percent
from fluxkit.schema import variables
from tests import made_day


def test_periods_add_up() -> None:
    losses = account_of_losses(made_day.fluxes(), 30)
    assert losses.subject == "NEE"
    assert losses.expected == 48
    assert losses.valid == 45
    assert losses.removed == {"too few records": 3}
    for quality in losses.quality.values():
        assert sum(quality.values()) == 45
    assert losses.advised["temperature assumed"] == 48


def test_several_reasons_count_under_the_first() -> None:
    fluxes = made_day.fluxes()
    fluxes["LOSS_FLAG"] = fluxes["LOSS_FLAG"] | np.int32(variables.mask("LOSS_FLAG", "gas_missing"))
    assert account_of_losses(fluxes, 30).removed == {"too few records": 3}


def test_missing_rows_and_unexplained_losses_are_said() -> None:
    fluxes = made_day.fluxes().isel(time=[*range(20), *range(24, 48)])
    fluxes["NEE"][0] = np.nan
    removed = account_of_losses(fluxes, 30).removed
    assert removed == {"not in the record": 4, "too few records": 3, "reason not recorded": 1}


def test_without_gas_the_page_is_about_heat() -> None:
    fluxes = made_day.fluxes()[["H", "USTAR"]]
    losses = account_of_losses(fluxes, 30)
    assert (losses.subject, losses.lost, losses.quality) == ("H", 3, {})
    assert losses.removed == {"reason not recorded": 3}


def test_without_any_flux_there_is_nothing_to_count() -> None:
    with pytest.raises(ValueError, match="none of NEE, FC, LE, H"):
        account_of_losses(
            xr.Dataset({"WS": ("time", [1.0])}, coords={"time": [np.datetime64("2025-01-01", "ns")]}), 30
        )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 %"),
        (1, "0.006 %"),
        (100, "0.6 %"),
        (175, "1 %"),
        (17300, "99 %"),
        (17519, "99.9 %"),
        (17520, "100 %"),
    ],
)
def test_few_are_not_none_and_most_are_not_all(count: int, words: str) -> None:
    assert percent(count, 17520) == words
    assert percent(0, 0) == "0 %"


def test_what_the_policy_removes_is_counted_by_reason() -> None:
    fluxes = made_day.fluxes()
    reasons = np.zeros(48, dtype=np.int32)
    reasons[20:25] = variables.mask("NEE_QC_REASON", "quality_class")
    reasons[24:26] |= variables.mask("NEE_QC_REASON", "implausible")
    reasons[np.isnan(fluxes["NEE"].to_numpy())] = variables.mask("NEE_QC_REASON", "too_few_records")
    fluxes["NEE_QC_REASON"] = ("time", reasons)
    fluxes["NEE_QC"] = ("time", np.where(reasons != 0, 2, 0).astype(np.int8))
    losses = account_of_losses(fluxes, 30)
    valid = np.isfinite(fluxes["NEE"].to_numpy())
    assert losses.judged == {"quality class": int(valid[20:25].sum()), "implausible": int(valid[24:26].sum())}
    assert losses.kept == losses.valid - int(valid[20:26].sum())


def test_what_counts_as_best_is_what_the_verdict_says() -> None:
    fluxes = made_day.fluxes()
    verdict = np.where(np.arange(fluxes.sizes["time"]) % 3 == 0, 1, 0)
    judged = fluxes.assign(NEE_QC=("time", verdict), NEE_QC_REASON=("time", 0 * verdict))
    there = np.isfinite(judged["NEE"].values)
    found = account_of_losses(judged, 30).quality["NEE"]
    assert found["0"] == int((there & (verdict == 0)).sum())
    assert found["1"] == int((there & (verdict == 1)).sum())
    assert found["2"] == found["untested"] == 0
