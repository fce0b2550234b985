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


def still(ds: xr.Dataset) -> xr.Dataset:
    x = ds["LE"].values.copy()
    x[100:120] = 12.5
    return ds.assign(LE=("time", x))


FAULTS: list[tuple[str, Fault]] = [
    ("clock_and_sun", shifted(0.5)),
    ("clock_and_sun", shifted(-0.5)),
    ("clock_and_sun", shifted(1.0)),
    ("clock_and_sun", shifted(-6.0)),
    ("radiation_and_sun", scaled("SW_IN", 1.8)),
    ("photons_swapped", swapped),
    ("photons_and_radiation", scaled("PPFD_IN", 4.6)),
    ("photons_and_radiation", rolled("PPFD_IN", 6)),
    ("sonic_and_air", scaled("T_SONIC", 1.0, 12.0)),
    ("sonic_and_air", rolled("T_SONIC", 12)),
    ("wind_and_ustar", rolled("USTAR", 24)),
    ("wind_and_ustar", scaled("USTAR", -1.0, 1.0)),
    ("deficit", scaled("VPD", 0.1)),
    ("range", scaled("PA", 10.0)),
    ("range", scaled("TA", 1.8, 32.0)),
    ("sign", scaled("H", -1.0)),
    ("sign", scaled("LE", -1.0)),
    ("uptake", scaled("NEE", -1.0)),
    ("already_filtered", filtered),
    ("equal_values", still),
]


def names(ds: xr.Dataset) -> set[str]:
    return {doubt.check for doubt in fk.ecosystem.check(ds)}


def test_a_sound_table_is_not_doubted() -> None:
    assert not names(sound())


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_planted_fault_is_told(name: str, fault: Fault) -> None:
    assert name in names(fault(sound()))


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
