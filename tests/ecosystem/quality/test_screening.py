"""From flags and values to the fluxes that are left."""

import json

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.quality.despiking import DESPIKING, spikes
from fluxkit.ecosystem.quality.runs import run_lengths
from fluxkit.ecosystem.quality.screening import ScreeningError
from tests.ecosystem.tables import sound


def counts(ds: xr.Dataset, flux: str = "NEE") -> dict[str, int]:
    found: dict[str, int] = json.loads(ds.attrs["screening"])[flux]
    return found


def with_spikes(number: int = 60, size: float = 25.0) -> tuple[xr.Dataset, np.ndarray]:
    ds = sound()
    x = ds["NEE"].values.copy()
    k = np.random.default_rng(3).choice(np.flatnonzero(np.isfinite(x)), number, replace=False)
    x[k] += size * np.where(np.arange(number) % 2, 1.0, -1.0)
    return ds.assign(NEE=("time", x)), k


def test_what_each_step_takes_is_counted_once_and_sums_up() -> None:
    ds, _ = with_spikes()
    x = ds["NEE"].values
    x[200:206] = 1.25
    x[300] = 250.0
    flag = np.zeros(x.size)
    flag[310:320] = 2.0
    flag[320:330] = 1.0
    ds = ds.assign(NEE=("time", x), FC_SSITC_TEST=("time", flag), FETCH_70=("time", np.full(x.size, 90.0)))
    ds["FETCH_70"][400:410] = 500.0
    clean = fk.ecosystem.screen(ds, fetch=300.0, despike="none")
    found = counts(clean)
    assert found["flags"] == 10
    assert found["range"] == 1
    assert found["equal values"] == 6
    assert found["fetch"] == 10
    before = int(np.isfinite(x).sum())
    assert before - sum(n for step, n in found.items() if step != "left") == found["left"]
    assert found["left"] == int(clean["NEE"].notnull().sum())
    assert (clean["NEE_FLAG"].values[320:330] == 1).all()
    assert (clean["NEE_FLAG"].values[310:320] == 2).all()
    strict = fk.ecosystem.screen(ds, max_flag=0)
    assert counts(strict)["flags"] == 20


@pytest.mark.parametrize(("method", "least", "most"), [("double-differences", 57, 3), ("hampel", 50, 12)])
def test_planted_spikes_are_found_and_little_else(method: str, least: int, most: int) -> None:
    ds, k = with_spikes()
    clean = fk.ecosystem.screen(ds, despike=method)  # type: ignore[arg-type]
    taken = clean["NEE"].isnull().values & ds["NEE"].notnull().values
    assert taken[k].sum() >= least
    assert taken.sum() - taken[k].sum() <= most


def test_the_papers_single_pass_takes_good_neighbours_along() -> None:
    ds, k = with_spikes()
    taken = {}
    for method in ("double-differences", "papale-2006"):
        clean = fk.ecosystem.screen(ds, despike=method)  # type: ignore[arg-type]
        gone = clean["NEE"].isnull().values & ds["NEE"].notnull().values
        taken[method] = int(gone.sum() - gone[k].sum())
    assert taken["papale-2006"] > 10 * max(taken["double-differences"], 1)


def test_double_differences_by_hand() -> None:
    # d = 2 x_i - x_{i-1} - x_{i+1} of a zigzag of 1 is -4, 4, ...; the one of 100 makes 202 and two of -101.
    x = np.tile([1.0, -1.0], 60)
    x[60] = 100.0
    night = np.zeros(120, dtype=bool)
    assert np.flatnonzero(spikes(x, night, 48, method="double-differences", z=7.0)).tolist() == [60]
    assert np.flatnonzero(spikes(x, night, 48, method="papale-2006", z=7.0)).tolist() == [59, 60, 61]


def by_the_paper(x: np.ndarray, night: np.ndarray, per_day: int, z: float) -> set[int]:
    """Papale et al. (2006), eq. 1-3, word for word: blocks of 13 days, day and night apart."""
    found = set()
    for dark in (True, False):
        own = [k for k in range(x.size) if night[k] == dark and np.isfinite(x[k])]
        for block in range(x.size // (13 * per_day) + 1):
            d = {
                k: (x[k] - x[before]) - (x[after] - x[k])
                for before, k, after in zip(own, own[1:], own[2:], strict=False)
                if k // (13 * per_day) == block
            }
            if len(d) < 24:
                continue
            middle = np.median(list(d.values()))
            spread = np.median([abs(value - middle) for value in d.values()])
            low, high = middle - z * spread / 0.6745, middle + z * spread / 0.6745
            found |= {k for k, value in d.items() if value < low or value > high}
    return found


@pytest.mark.parametrize("z", [4.0, 5.5, 7.0])
def test_papales_spikes_are_those_of_the_equations(z: float) -> None:
    ds, _ = with_spikes()
    x, night = ds["NEE"].values.copy(), ds["SW_IN"].values < 20.0
    x[np.random.default_rng(5).random(x.size) < 0.2] = np.nan
    found = np.flatnonzero(spikes(x, night, 48, method="papale-2006", z=z))
    assert set(found.tolist()) == by_the_paper(x, night, 48, z)


def test_hampels_spikes_by_hand() -> None:
    # Distances to the median of thirteen: of a sawtooth of 0 to 12 they are -6 to 6, median 0, median
    # absolute deviation 3; seven of these are 31.1.
    x = np.tile(np.arange(13.0), 12)
    x[80] += 32.0 + 6.0 - x[80] + 6.0
    x[100] += 20.0
    night = np.zeros(x.size, dtype=bool)
    assert np.flatnonzero(spikes(x, night, 48, method="hampel", z=7.0)).tolist() == [80]
    assert np.flatnonzero(spikes(x, night, 48, method="hampel", z=4.0)).tolist() == [80, 100]


def test_the_final_flag_is_of_records_that_have_a_flux() -> None:
    ds, _ = with_spikes()
    clean = fk.ecosystem.screen(ds)
    flag = clean["NEE_FLAG"].values
    np.testing.assert_array_equal(flag == -1, ds["NEE"].isnull().values)
    np.testing.assert_array_equal((flag == 0) | (flag == 1), clean["NEE"].notnull().values)
    taken = sum(n for step, n in counts(clean).items() if step != "left")
    assert np.count_nonzero(flag == 2) == taken


def test_weather_that_stands_still_is_taken_out_and_counted() -> None:
    ds = sound()
    TA, USTAR, SW_IN = (ds[name].values.copy() for name in ("TA", "USTAR", "SW_IN"))
    TA[100:148], USTAR[500:512], SW_IN[600:700] = 11.0, 0.0, 250.0
    TA[200:247], USTAR[700:711] = 11.0, 0.3  # a record short of it
    ds = ds.assign(TA=("time", TA), USTAR=("time", USTAR), SW_IN=("time", SW_IN))
    clean = fk.ecosystem.screen(ds)
    found = {name: counts(clean, name)["equal values"] for name in ("TA", "USTAR", "SW_IN")}
    assert found == {"TA": 48, "USTAR": 12, "SW_IN": 100}
    assert clean["TA"].isnull().values[100:148].all()
    assert clean["TA"].notnull().values[200:247].all()
    assert fk.ecosystem.screen(ds, equal=0)["TA"].notnull().values[100:148].all()


def test_a_constant_flux_is_found_under_a_storage_that_moves() -> None:
    ds = sound()
    FC = ds["NEE"].values.copy()
    FC[300:310] = 2.0
    SC = np.random.default_rng(2).normal(0.0, 0.3, FC.size)
    ds = ds.assign(FC=("time", FC), SC=("time", SC), NEE=("time", FC + SC, {"column": "FC + SC"}))
    clean = fk.ecosystem.screen(ds, despike="none")
    assert counts(clean)["equal values"] == 10
    assert clean["NEE"].isnull().values[300:310].all()


def test_shifting_and_scaling_a_flux_changes_no_spike() -> None:
    ds, _ = with_spikes()
    x, night = ds["NEE"].values, ds["SW_IN"].values < 20.0
    for method in DESPIKING:
        first = spikes(x, night, 48, method=method)  # type: ignore[arg-type]
        np.testing.assert_array_equal(first, spikes(8.0 * x + 3.0, night, 48, method=method))  # type: ignore[arg-type]


def test_storage_can_be_required_or_left_away() -> None:
    ds = sound()
    SC = np.full(ds.sizes["time"], 0.5)
    SC[:10] = np.nan
    FC = ds["NEE"].values - 0.5
    ds = ds.assign(FC=("time", FC), SC=("time", SC), NEE=("time", FC + np.nan_to_num(SC)))
    required = fk.ecosystem.screen(ds, storage="required", despike="none")
    assert counts(required)["storage"] == 9  # the tenth has no FC either
    np.testing.assert_allclose(required["NEE"].values[20:40], ds["NEE"].values[20:40])
    none = fk.ecosystem.screen(ds, storage="none", despike="none")
    np.testing.assert_allclose(none["NEE"].values, FC)


def test_fetch_may_differ_by_sector() -> None:
    ds = sound().assign(FETCH_70=("time", np.full(60 * 48, 200.0)))
    clean = fk.ecosystem.screen(ds, fetch={(350.0, 90.0): 100.0, (90.0, 350.0): 300.0}, despike="none")
    inside = (ds["WD"].values - 350.0) % 360.0 < 100.0
    gone = clean["NEE"].isnull().values & ds["NEE"].notnull().values
    np.testing.assert_array_equal(gone, inside & ds["NEE"].notnull().values)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"fluxes": ["FCH4"]}, "no FCH4"),
        ({"fetch": 100.0}, "FETCH_70"),
        ({"storage": "none"}, "needs FC"),
    ],
)
def test_what_cannot_be_screened_is_said(options: dict[str, object], says: str) -> None:
    with pytest.raises(ScreeningError, match=says):
        fk.ecosystem.screen(sound(4), **options)  # type: ignore[arg-type]


def test_run_lengths_do_not_join_over_a_gap() -> None:
    x = np.array([1.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    assert run_lengths(x).tolist() == [2, 2, 0, 3, 3, 3]
    assert run_lengths(np.empty(0)).size == 0
