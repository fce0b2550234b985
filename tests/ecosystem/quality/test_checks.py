"""Checks of a table of half hours: each is proved by a planted fault, none speaks of sound tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.quality.checks import CHECKS
from tests.ecosystem.tables import sound

Fault = Callable[[xr.Dataset], xr.Dataset]


def shifted(hours: float) -> Fault:
    """Return a fault: all stamps late by some hours."""
    return lambda ds: ds.assign_coords(time=ds["time"] + np.timedelta64(round(hours * 60), "m"))


def scaled(name: str, scale: float, shift: float = 0.0) -> Fault:
    """Return a fault: another unit or gain."""
    return lambda ds: ds.assign({name: scale * ds[name] + shift})


def rolled(name: str, records: int) -> Fault:
    """Return a fault: one column out of step."""
    return lambda ds: ds.assign({name: ("time", np.roll(ds[name].values, records))})


def swapped(ds: xr.Dataset) -> xr.Dataset:
    return ds.assign(SW_IN=ds["PPFD_IN"], PPFD_IN=ds["SW_IN"])


def filtered(ds: xr.Dataset) -> xr.Dataset:
    return ds.assign(NEE=ds["NEE"].where((ds["USTAR"] >= 0.2) | (ds["SW_IN"] > 10.0)))


def summer_time(ds: xr.Dataset) -> xr.Dataset:
    """Return half a year whose second half has stamps of summer time."""
    return one_hour_on(longer(), slice(90 * 48, None))


def one_hour_on(ds: xr.Dataset, here: slice) -> xr.Dataset:
    late = ds.copy()
    for name in ds:
        x = ds[name].values.copy()
        x[here] = np.roll(x, 2)[here]
        late[name] = ("time", x, ds[name].attrs)
    return late


def longer() -> xr.Dataset:
    return sound(180, first="2019-02-01")


def swapped_from_june(_: xr.Dataset) -> xr.Dataset:
    ds = longer()
    june = (ds["time"] >= np.datetime64("2019-06-01")).values
    return ds.assign(
        SW_IN=("time", np.where(june, ds["PPFD_IN"], ds["SW_IN"])),
        PPFD_IN=("time", np.where(june, ds["SW_IN"], ds["PPFD_IN"])),
    )


def filtered_by(*edges: float) -> Fault:
    """Return a fault: years without fluxes of u* below an edge, another one for each."""

    def of(_: xr.Dataset) -> xr.Dataset:
        parts = [sound(150, first=f"{2018 + k}-03-01", seed=k) for k in range(len(edges))]
        low = [(x["USTAR"] < edge) & (x["SW_IN"] < 10.0) for x, edge in zip(parts, edges, strict=True)]
        parts = [x.assign(NEE=x["NEE"].where(~no)) for x, no in zip(parts, low, strict=True)]
        whole = xr.concat(parts, "time")
        time = np.arange(whole["time"].values[0], whole["time"].values[-1] + 1, np.timedelta64(30, "m"))
        return whole.reindex(time=time)

    return of


def standing(name: str, hours: int, value: float | None = None) -> Fault:
    """Return a fault: a sensor that keeps its value."""

    def of(ds: xr.Dataset) -> xr.Dataset:
        x = ds[name].values.copy()
        x[1000 : 1000 + 2 * hours] = x[1000] if value is None else value
        return ds.assign({name: ("time", x)})

    return of


def over_grass(ds: xr.Dataset) -> xr.Dataset:
    """Return winds in km h-1 where u* is 0.08 of the wind."""
    return ds.assign(USTAR=0.6 * ds["USTAR"], WS=3.6 * ds["WS"])


def still(ds: xr.Dataset) -> xr.Dataset:
    x = ds["LE"].values.copy()
    x[100:120] = 12.5
    return ds.assign(LE=("time", x))


FAULTS: list[tuple[str, Fault]] = [
    ("clock_and_sun", shifted(0.5)),
    ("clock_and_sun", shifted(-0.5)),
    ("clock_and_sun", shifted(1.0)),
    ("clock_and_sun", shifted(-6.0)),
    ("clock_steps", summer_time),
    ("radiation_and_sun", scaled("SW_IN", 1.8)),
    ("radiation_and_sun", scaled("SW_IN", 0.001)),
    ("radiation_and_sun", scaled("SW_IN", 0.0036)),
    ("photons_swapped", swapped),
    ("photons_swapped", swapped_from_june),
    ("photons_and_radiation", scaled("PPFD_IN", 4.6)),
    ("photons_and_radiation", rolled("PPFD_IN", 6)),
    ("sonic_and_air", scaled("T_SONIC", 1.0, 12.0)),
    ("sonic_and_air", rolled("T_SONIC", 12)),
    ("wind_and_ustar", rolled("USTAR", 24)),
    ("wind_and_ustar", scaled("USTAR", -1.0, 1.0)),
    ("wind_and_ustar", over_grass),
    ("deficit", scaled("VPD", 0.1)),
    ("range", scaled("PA", 10.0)),
    ("range", scaled("TA", 1.8, 32.0)),
    ("sign", scaled("H", -1.0)),
    ("sign", scaled("LE", -1.0)),
    ("uptake", scaled("NEE", -1.0)),
    ("amplitude", scaled("NEE", 0.044)),
    ("amplitude", scaled("LE", 1 / 44.0)),
    ("already_filtered", filtered),
    ("already_filtered", filtered_by(0.18, 0.26)),
    ("partly_filtered", filtered_by(0.25, 0.0)),
    ("equal_values", still),
    ("equal_values", standing("TA", 48)),
    ("equal_values", standing("USTAR", 7)),
    ("equal_values", standing("USTAR", 24, 0.0)),
    ("equal_values", standing("SW_IN", 48, 300.0)),
]


def names(ds: xr.Dataset) -> set[str]:
    return {doubt.check for doubt in fk.ecosystem.check(ds)}


def test_a_sound_table_is_not_doubted() -> None:
    assert not names(sound())


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_planted_fault_is_told(name: str, fault: Fault) -> None:
    assert name in names(fault(sound()))


def test_a_longer_sound_table_is_not_doubted() -> None:
    assert not names(longer())
    assert not names(filtered_by(0.0, 0.0)(sound()))
    polar = sound(120, first="2019-10-20", place=(69.0, 13.57))  # 0 W m-2 for weeks
    assert not names(polar.assign_attrs(latitude=69.0))


def test_exchanged_months_are_named_and_nothing_else_is_said_of_them() -> None:
    (doubt,) = fk.ecosystem.check(swapped_from_june(sound()))
    assert "in 2019-06 to 2019-07" in doubt.sentence


def test_a_failing_sensor_of_photons_is_not_taken_for_exchanged() -> None:
    ds = longer()
    june = ds["time"] >= np.datetime64("2019-06-01")
    told = names(ds.assign(PPFD_IN=ds["PPFD_IN"].where(~june, 0.25 * ds["PPFD_IN"])))
    assert told == {"photons_and_radiation"}


def test_the_steps_of_a_clock_are_told_with_their_days() -> None:
    back = one_hour_on(longer(), slice(60 * 48, 120 * 48))
    (doubt,) = fk.ecosystem.check(back)
    assert "+1 h about 2019-04-02, -1 h about 2019-06-01" in doubt.sentence


def test_every_check_is_proved() -> None:
    assert {name for name, _ in FAULTS} == set(CHECKS)


def test_without_a_place_the_rest_is_asked() -> None:
    ds = swapped(sound())
    ds.attrs = {}
    assert "photons_swapped" in names(ds)


@pytest.mark.parametrize(
    ("name", "place", "told"),
    [
        ("CH-CHA_2015_HH", (47.21, 8.41, 1.0), set()),
        ("CH-DAV_2013-2019_HH", (46.815, 9.856, 1.0), set()),
        ("CH-LAE_2016-2017_HH", (47.478, 8.364, 1.0), set()),
        ("DE-Tha_1996-1998_HH", (50.96, 13.57, 1.0), set()),
        ("DE-Tha_1998_HH", (50.96, 13.57, 1.0), {"equal_values"}),  # 0.687 eight times: constants of January
        ("US-Tw3_2014-2016_HH", (38.115, -121.647, -8.0), set()),
        ("truth_FR-LBr_1998-1999_HH", (44.717, -0.769, 0.0), set()),
    ],
)
def test_measured_series_are_not_doubted(
    shared: Path, name: str, place: tuple[float, float, float], told: set[str]
) -> None:
    ds = fk.ecosystem.read(shared / "data" / "halfhourly" / f"{name}.csv.gz", *place)
    assert names(ds) == told
