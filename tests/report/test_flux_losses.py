"""Every flux that is missing has its reason."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.report.flux_losses import DECIDED, FluxLosses, flux_losses, losses_of, told_losses
from fluxkit.schema import variables


def fluxes(**columns: list[float]) -> xr.Dataset:
    n = len(next(iter(columns.values())))
    time = np.datetime64("2024-07-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    return xr.Dataset({name: ("time", values) for name, values in columns.items()}, {"time": time})


NAN = float("nan")
GASES = {"FC": "CO2", "LE": "H2O", "FCH4": "CH4", "FC2H6": "C2H6"}


@pytest.mark.parametrize("name", [*GASES, "NEE"])
def test_the_first_step_that_gave_nothing_is_the_reason(name: str) -> None:
    base = "FC" if name == "NEE" else name
    bits = [variables.mask("LOSS_FLAG", "too_few_records"), 0, 0, 0, 0, 0, 0]
    data = {
        name: [NAN, NAN, NAN, NAN, NAN, NAN, 1.0],
        GASES[base]: [NAN, NAN, 1.0, 1.0, 1.0, 1.0, 1.0],
        f"{GASES[base]}_TLAG_USED": [NAN, NAN, NAN, 0.1, 0.1, 0.1, 0.1],
        f"{base}_SCF": [NAN, NAN, NAN, NAN, 1.1, 1.1, 1.1],
        f"{base}_UNCORR": [NAN, NAN, NAN, NAN, 0.9, NAN, 0.9],
        "LOSS_FLAG": bits,
    }
    if name == "NEE":
        data["FC"] = data["NEE"]
    losses = losses_of(fluxes(**data), name)
    expected = dict.fromkeys(("too few records", "not measured", *DECIDED, "reason not recorded"), 1)
    assert losses.missing == expected
    assert sum(losses.missing.values()) == losses.periods - losses.values
    assert set(losses.by_deciding) == {*DECIDED, "reason not recorded"}


def test_the_policy_takes_values_with_its_reasons() -> None:
    quality = variables.mask("FC_QC_REASON", "quality_class")
    data = fluxes(FC=[1.0, 2.0, 3.0, NAN], FC_QC=[2.0, 2.0, 0.0, 2.0], FC_QC_REASON=[quality, quality, 0, 64])
    losses = losses_of(data, "FC")
    assert (losses.values, losses.kept, losses.few) == (3, 1, True)
    assert losses.removed == {"quality class": 2}
    assert losses.by_deciding["policy: quality class"] == 2


def test_a_sentence_has_the_three_largest_reasons_and_what_to_look_at() -> None:
    missing = {"no data": 1, "gas missing": 4, "spectral correction missing": 30, "too few records": 5}
    sentence = FluxLosses("FC", 48, 8, 8, missing, {}).sentence
    assert sentence.startswith(
        "values in 8 of 48 periods: spectral correction missing (30), too few records (5), gas missing (4); "
        "look at heights"
    )
    whole = FluxLosses("H", 48, 48, 48, {}, {})
    assert (whole.sentence, whole.few) == ("values in 48 of 48 periods", False)


@pytest.mark.parametrize(("kept", "few"), [(23, True), (24, False), (0, True)])
def test_less_than_half_are_few(kept: int, few: bool) -> None:
    assert FluxLosses("FC", 48, kept, kept, {}, {}).few is few


def test_fluxes_that_lost_the_same_are_told_at_once() -> None:
    data = fluxes(FC=[NAN, NAN], LE=[NAN, NAN], H=[1.0, NAN], LOSS_FLAG=[1, 1])
    assert told_losses(flux_losses(data)) == [
        "FC, LE: values in 0 of 2 periods: no data (2)",
        "H: values in 1 of 2 periods: no data (1)",
    ]
