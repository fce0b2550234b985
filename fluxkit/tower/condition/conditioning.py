"""Condition: what is done to the samples one by one, before anything is averaged.

The order follows Aubinet et al. (2012, ch. 3-4): sonic axes, instruments' own diagnostics, despiking,
absolute limits, errors of the sonic's head and temperature, dry mixing ratio of closed cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]

#: Nothing a sonic or a thermometer at the surface reports beyond these is a measurement. [m s-1], [K]
MAX_WIND = 50.0
TEMPERATURES = (200.0, 350.0)
PRESSURES = (1e3, 2e5)  #: [Pa]
GAS = (-1.0, 100.0)  #: [mol mol-1] or [mol m-3]: air itself has 40

WIND = ("u", "v", "w")
SONIC = (*WIND, "t_sonic")
SLOW = ("t_air", "p_air", "t_cell", "p_cell")


@dataclass
class Screening:
    """What conditioning did, counts by variable."""

    spikes: dict[str, int] = field(default_factory=dict)  #: spikes (runs) found
    replaced: dict[str, int] = field(default_factory=dict)  #: samples in them
    limited: dict[str, int] = field(default_factory=dict)  #: samples beyond the absolute limits
    frozen: dict[str, int] = field(default_factory=dict)  #: samples that repeat the one before for long
    held: dict[str, int] = field(default_factory=dict)  #: over how many samples values are held
    unmoved: list[str] = field(default_factory=list)  #: states of a cell that have one value throughout
    diagnosed: dict[str, int] = field(default_factory=dict)  #: samples that an instrument called bad
    measured: dict[str, Array] = field(default_factory=dict)  #: statistics that quality tests judge
    words: dict[str, float] = field(default_factory=dict)  #: samples by bit of diagnostic words, mean signals
    tally: dict[str, Any] = field(default_factory=dict)  #: sums for the whole archive, see ``tally``


def copy_plausible(data: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
    """Return a copy without numbers that no sensor near the ground can mean [SI], and how many went."""
    out = {name: np.array(x, dtype=np.float64) for name, x in data.items()}
    counts = {}
    for name, x in out.items():
        if name in WIND:
            limits = (-MAX_WIND, MAX_WIND)
        elif name.startswith("t_"):
            limits = TEMPERATURES
        elif name.startswith("p_"):
            limits = PRESSURES
        elif name.startswith(("diag_", "signal_")):
            continue
        else:
            limits = GAS
        counts[name] = int(kernels.screen.outside(x, *limits))
    return out, counts


def cell_temperature(data: dict[str, Array], *, fall_back: bool = False) -> None:
    """Form the cell's temperature from inlet and outlet where it was not recorded itself, in place.

    0.2 inlet + 0.8 outlet, as the LI-7200 does (LI-COR, LI-7200RS manual). With fall_back a sample
    without one of them takes the other, as EddyPro 6 does: a step wherever they differ.
    """
    if "t_cell" in data or not ("t_cell_in" in data and "t_cell_out" in data):
        return
    inlet, outlet = data["t_cell_in"], data["t_cell_out"]
    cell = 0.2 * inlet + 0.8 * outlet
    if fall_back:
        cell = np.where(np.isnan(inlet), outlet, np.where(np.isnan(outlet), inlet, cell))
    data["t_cell"] = cell


def despike_samples(
    data: dict[str, Array],
    names: Sequence[str],
    *,
    method: str,
    limits: Mapping[str, float],
    run: int,
    window: int,
    hold: bool,
    only_count: bool,
    mad_gap_is_value: bool = False,
    mad_zero_scale: bool = False,
) -> tuple[dict[str, int], dict[str, int]]:
    """Despike the named variables together, in place; returns (spikes, samples in them) by variable.

    Parameters
    ----------
    method : {"vickers-mahrt-1997", "mauder-2013", "brock-1986", "none"}
    limits : mapping
        Vickers & Mahrt: standard deviations by variable, 3.5 where not given. [1]
    run : int
        Longest run of samples that is a spike (Vickers & Mahrt). [samples]
    window : int
        Length over which local mean and deviation are taken. [samples]
    hold : bool
        Whether a spike beside a gap takes its one neighbour's value or stays.
    only_count : bool
        One pass, nothing replaced.
    mad_gap_is_value, mad_zero_scale : bool
        Of Mauder et al.'s: gaps are numbers; a deviation of zero makes all that differ spikes.

    References
    ----------
    .. [1] Vickers & Mahrt, J. Atmos. Oceanic Technol. 14, 512-526, 1997, section 3a.
    .. [2] Mauder et al., Agric. For. Meteorol. 169, 122-135, 2013, section 2.2.
    .. [3] Brock, J. Atmos. Oceanic Technol. 3, 51-58, 1986; Starkenburg et al., the same 33, 2001-2013, 2016.
    """
    names = [name for name in names if name in data]
    if method == "none" or not names:
        return {}, {}
    rows = [data[name].copy() if only_count else data[name] for name in names]
    passes = 1 if only_count else 10
    if method == "vickers-mahrt-1997":
        k = [limits.get(name, 3.5) for name in names]
        events, marked = kernels.despike.despike_vickers_mahrt_1997(rows, k, run, hold, window, 100, passes)
    elif method == "mauder-2013":
        events, marked = kernels.despike.despike_mauder_2013(
            rows, 7.0, passes, mad_gap_is_value, mad_zero_scale
        )
    else:
        events, marked = kernels.median.despike_brock_1986(rows, 3, 2.0, passes)
    return (
        dict(zip(names, map(int, events), strict=True)),
        dict(zip(names, map(int, marked), strict=True)),
    )


def limit_sonic(data: dict[str, Array], limits: Mapping[str, tuple[float, float]]) -> dict[str, int]:
    """Set wind and sonic temperature beyond their limits to NaN, in place. [m s-1], [K]"""
    counts = {}
    if "u" in limits:
        counts["u"] = int(kernels.screen.horizontal_outside(data["u"], data["v"], limits["u"][1]))
    for name in ("w", "t_sonic"):
        if name in limits:
            counts[name] = int(kernels.screen.outside(data[name], *limits[name]))
    return counts


def limit_gas(x: Array, *, low: float, high: float, per_mole: float) -> int:
    """Set a gas beyond its limits to NaN, in place; returns how many samples.

    Parameters
    ----------
    low, high : float
        Limits as a fraction. [mol mol-1]
    per_mole : float
        What turns the samples into a fraction: 1 for fractions, the air's molar volume for densities.
        [m3 mol-1]
    """
    return int(kernels.screen.outside(x, low / per_mole, high / per_mole))


def mole_fraction_in_cell(d: Array, *, t_cell: Array, p_cell: Array, R: float) -> Array:
    """Molar density in a closed cell to mole fraction in moist air, sample by sample.

    Parameters
    ----------
    d : (N,) array
        [mol m-3]
    t_cell, p_cell : (N,) arrays
        [K], [Pa]
    R : float
        Molar gas constant. [J mol-1 K-1]

    Returns
    -------
    (N,) array
        [mol mol-1]
    """
    return np.asarray(d * (R * t_cell / p_cell))


def dry_mixing_ratio(x: Array, x_vapour: Array | float) -> Array:
    """Mole fraction in moist air to mixing ratio with dry air, sample by sample.

    Parameters
    ----------
    x, x_vapour : (N,) arrays
        Of the gas, of water vapour. [mol mol-1]

    Returns
    -------
    (N,) array
        [mol mol-1 dry air]

    References
    ----------
    .. [1] Ibrom et al., Tellus 59B, 937-946, 2007.
    """
    return np.asarray(x / (1.0 - x_vapour))
