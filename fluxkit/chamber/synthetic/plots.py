"""A campaign of closed chambers with exactly known fluxes, as analysers and people write it down."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.campaign.loading import loads
from fluxkit.chamber.fits.flux_term import flux_term
from fluxkit.chamber.seasons.light_response import LIGHT
from fluxkit.chamber.seasons.respiration import curve
from fluxkit.chamber.synthetic.closures import make_closures
from fluxkit.chamber.synthetic.licor_file import licor_trace_gas
from fluxkit.constants import T_ZERO
from fluxkit.raw.series import Series

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

ID = "demo"
UTC_OFFSET_H = 1.0
AREA = 0.09  #: of a collar [m2]
CHAMBER = 0.030  #: volume of the chamber [m3]
TUBING = 0.0004  #: volume of tubes and analyser [m3]
PRESSURE = 96.8e3  #: [Pa]
CLOSED = 180  #: how long a chamber stays on a plot [s]
OPEN = 80  #: at least between two [s]
LINGER = 90  #: people may take so much longer [s]
DAYS = ("2026-05-12", "2026-06-09", "2026-07-07")
#: Local time at which rounds begin. [h]
ROUNDS = (7.0, 12.5)
#: What is seen at first is what was in the tubes. [s]
MIXING = 3.0
NOISE = {"co2": 0.6e-6, "ch4": 0.6e-9, "h2o": 20e-6}
AMBIENT = {"co2": 417e-6, "ch4": 1990e-9, "h2o": 0.011}
#: By this much the clock of the person who wrote the sheet is slow. [s]
SHEET_SLOW = 37

_BASE_RESPIRATION, _E0, _GPP_MAX, _ALPHA = 2.6e-6, 290.0, 22e-6, 0.042
_SHEET = (
    *("closure", "plot", "treatment", "cover", "date", "closed"),
    *("T_air", "T_soil", "SWC", "PAR", "collar", "note"),
)
_COLUMNS = (
    *("closure", "plot", "treatment", "cover", "start_utc", "gas"),
    *("flux_umol_m2_s", "reco", "gpp", "remark"),
)

CONFIG = """\
# Synthetic campaign: the files beside this one were made by fluxkit.synthetic, and truth.csv says which
# fluxes they hold.

[campaign]
id = "{id}"
name = "Demo plots"
latitude = 47.0
longitude = 8.0
altitude = 450.0
utc_offset_h = {offset}            # of sheet and analyser: local standard time minus UTC

[[analysers]]
name = "trace-gas"
files = "analyser/*.data"

[sheet]
files = "sheet.csv"
id = "closure"
plot = "plot"
treatment = "treatment"
cover = "cover"
cover_words = {{ clear = "clear", shaded = "shaded", dark = "dark" }}
start = ["date", "closed"]
time_format = "%Y-%m-%d %H:%M:%S"
length_s = {closed}

[sheet.columns]
t_air = {{ column = "T_air", unit = "degC" }}
par = {{ column = "PAR", unit = "umol m-2 s-1" }}
t_soil = {{ column = "T_soil", unit = "degC" }}
swc = {{ column = "SWC", unit = "%" }}
collar_height = {{ column = "collar", unit = "cm" }}

[chamber]
area = "{area:g} cm2"
volume = "{chamber:g} L"
tubing_volume = "{tubing:g} L"
p_air = "{pressure:g} kPa"

[closures]
source = "sheet"
clock_offset = "confident"        # the sheet's clock is slow; applied if the record is clear about it

[window]
method = "fixed"
deadband_s = 15.0
crop_end_s = 5.0
extrapolate = true                # the flux when the chamber closed, not 15 s later

[fits]
bubbles = ["ch4"]                 # taken off before fitting: they are no diffusion
"""


@dataclass(frozen=True)
class Design:
    """One closure of the campaign; arrays of shape (closure,)."""

    plot: npt.NDArray[np.str_]
    treatment: npt.NDArray[np.str_]
    cover: npt.NDArray[np.str_]
    start: Times  #: true time of closing, UTC
    t_air: Array  #: [K]
    t_soil: Array  #: [K]
    swc: Array  #: [m3 m-3]
    par: Array  #: in the chamber [mol m-2 s-1]
    collar: Array  #: height [m]
    reco: Array  #: [mol m-2 s-1]
    gpp: Array  #: [mol m-2 s-1]
    methane: Array  #: [mol m-2 s-1]

    @property
    def term(self) -> Array:
        """Moles of dry air over the area. [mol m-2]"""
        volume = CHAMBER + TUBING + self.collar * AREA
        return flux_term(volume, AREA, PRESSURE, self.t_air, AMBIENT["h2o"])

    @property
    def sheet_slow(self) -> int:
        """By how much the sheet's clock is slow. [s]"""
        return SHEET_SLOW

    @property
    def lid_open(self) -> int:
        """Position of the closure that was none."""
        return 40 % self.plot.size

    @property
    def bubbled(self) -> npt.NDArray[np.bool_]:
        """Whether a bubble of methane rose."""
        return np.asarray((self.plot == "P1") & (self.cover == "dark"))

    @property
    def ids(self) -> list[str]:
        """Name of each closure."""
        return [f"{number + 1:03d}" for number in range(self.plot.size)]


def make_campaign(folder: Path | str, *, plots: int = 8, seed: int = 4, design: Design | None = None) -> Path:
    """Write a campaign of three days: LI-7810 files, a field sheet, ``plots.toml``, and what was planted.

    Half of the plots are drained and take up methane, the others emit it, one of them also by bubbles. Each
    is measured in light, shade and darkness, two rounds a day. The sheet's clock is slow, one chamber stood
    open and one file is damaged.

    Parameters
    ----------
    folder : Path or str
        Folder to create.
    plots : int
        Number of plots.
    seed : int
        Seed of the random numbers; equal seeds give equal files.
    design : Design, optional
        Closures of another campaign in place of these three days.

    Returns
    -------
    Path
        The configuration, ``plots.toml``.
    """
    target = Path(folder)
    (target / "analyser").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    design = _design(plots, rng) if design is None else design
    _write_analyser(target / "analyser", design, rng)
    _write_sheet(target / "sheet.csv", design)
    _write_truth(target / "truth.csv", design)
    text = CONFIG.format(
        id=ID, offset=UTC_OFFSET_H, closed=CLOSED, area=AREA * 1e4, chamber=CHAMBER * 1e3,
        tubing=TUBING * 1e3, pressure=PRESSURE / 1e3,
    )  # fmt: skip
    loads(text, "plots.toml of the demo")
    config = target / "plots.toml"
    config.write_text(text, encoding="utf-8")
    return config


def _design(plots: int, rng: np.random.Generator) -> Design:
    """Lay out days, rounds, plots and covers, and the fluxes of each closure."""
    covers = ("clear", "shaded", "dark")
    rows = [
        (day, d, hour, plot, cover)
        for d, day in enumerate(DAYS)
        for hour in ROUNDS
        for plot in range(plots)
        for cover in covers
    ]
    number = np.array([row[3] for row in rows])
    cover = np.array([row[4] for row in rows])
    day = np.array([row[1] for row in rows])
    begins = np.array([np.datetime64(row[0], "s") for row in rows]) + (
        (np.array([row[2] for row in rows]) - UTC_OFFSET_H) * 3600
    ).astype("m8[s]")
    # Evenly spaced closures would look the same to a clock that is wrong by their spacing.
    steps = CLOSED + OPEN + rng.integers(0, LINGER, len(rows)).reshape(-1, plots * len(covers))
    later = np.cumsum(steps, axis=1).ravel() - (CLOSED + OPEN)
    start = (begins + later.astype("m8[s]")).astype("M8[ns]")
    hour = (start - start.astype("M8[D]")) / np.timedelta64(1, "h") + UTC_OFFSET_H
    season = 9.0 + 4.0 * day
    t_air = T_ZERO + season + 6.0 * np.sin(np.pi * (hour - 6) / 14) + rng.normal(0, 0.3, hour.size)
    t_soil = T_ZERO + season - 1.0 + 3.0 * np.sin(np.pi * (hour - 8) / 14)
    light = 1500e-6 * np.sin(np.pi * np.clip((hour - 5) / 15, 0, 1)) * rng.uniform(0.6, 1.0, hour.size)
    par = light * np.select([cover == "clear", cover == "shaded"], [0.92, 0.4], 0.0)
    drained = number % 2 == 1
    vigour = rng.uniform(0.8, 1.2, plots)[number]
    reco, gpp = _exchange(t_soil, par, vigour, drained, day)
    emission = np.where(drained, -1.2e-9, rng.uniform(15e-9, 45e-9, plots)[number])
    return Design(
        plot=np.array([f"P{n + 1}" for n in number.tolist()]),
        treatment=np.where(drained, "drained", "wet"),
        cover=cover,
        start=start,
        t_air=t_air,
        t_soil=t_soil,
        swc=np.where(drained, 0.35, 0.62) + rng.normal(0, 0.01, hour.size),
        par=par,
        collar=np.round(rng.uniform(0.03, 0.07, plots), 3)[number],
        reco=reco,
        gpp=gpp,
        methane=emission * (1 + 0.2 * day),
    )


def _exchange(
    t_soil: Array, par: Array, vigour: Array, drained: npt.NDArray[np.bool_], day: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return respiration and gross uptake. [mol m-2 s-1]"""
    respired = curve("lloyd-taylor").formula(np.float64(_BASE_RESPIRATION), np.float64(_E0), t_soil)
    taken = LIGHT["smith"].formula(np.float64(_GPP_MAX), np.float64(_ALPHA), par)
    reco = np.asarray(respired, np.float64) * vigour * np.where(drained, 1.5, 1.0)
    return reco, np.asarray(taken, np.float64) * vigour * (0.6 + 0.2 * day)


def _write_analyser(folder: Path, design: Design, rng: np.random.Generator) -> None:
    """Write the analyser's file of each day, and one that a full card cut off."""
    days = design.start.astype("M8[D]")
    courses = _courses(design)
    for day in np.unique(days):
        mine = np.flatnonzero(days == day)
        series = _day(design, courses, mine, rng)
        local = series.time + np.timedelta64(round(UTC_OFFSET_H * 3.6e12), "ns")
        (folder / f"TG10-00000-{day}.data").write_bytes(licor_trace_gas(series, local, UTC_OFFSET_H))
    (folder / "TG10-00000-lost.data").write_text("Model:\tLI-7810\nSN:\tTG10-00000\n", encoding="utf-8")


def _courses(design: Design) -> dict[str, list[Array]]:
    """Return what rises in each closed chamber, second by second, without noise."""
    count = design.plot.size
    lid_open = np.arange(count) == design.lid_open
    courses = {}
    for gas, flux in (("co2", design.reco - design.gpp), ("ch4", design.methane)):
        bubbling = gas == "ch4"
        rise = np.where(lid_open, 0.05, 1.0) * flux / design.term
        made = make_closures(
            count, slope=rise, duration=CLOSED, start=AMBIENT[gas], feedback=np.where(lid_open, 0.05, 4e-4),
            noise=0.0, mixing=MIXING, seed=11,
        )  # fmt: skip
        courses[gas] = np.split(made.clean, made.offsets[1:-1])
        if bubbling:
            for k in np.flatnonzero(design.bubbled):
                courses[gas][k] = courses[gas][k] + 35e-9 * (np.arange(CLOSED + 1) > 70 + 3 * k % 60)
    return courses


def _day(
    design: Design, courses: dict[str, list[Array]], mine: npt.NDArray[np.int64], rng: np.random.Generator
) -> Series:
    """Return the analyser's record from before the first to after the last closure of a day."""
    second = np.timedelta64(10**9, "ns")
    first, last = design.start[mine[0]] - 120 * second, design.start[mine[-1]] + (CLOSED + 120) * second
    time = first + np.arange(int((last - first) / second)) * second
    data: dict[str, Array] = {"h2o": np.full(time.size, AMBIENT["h2o"])}
    for gas in ("co2", "ch4"):
        c = np.full(time.size, AMBIENT[gas])
        for k in mine:
            begin = int((design.start[k] - first) / second)
            course = courses[gas][k]
            c[begin : begin + course.size] = course
            # After opening the chamber's air goes within a minute.
            left = c[begin + course.size : begin + course.size + OPEN - 2]
            left += (course[-1] - AMBIENT[gas]) * np.exp(-np.arange(1, left.size + 1) / 12)
        data[gas] = c
    for name, values in data.items():
        values += NOISE[name] * rng.standard_normal(values.size)
    return Series(time, data, format="licor-trace-gas", model="LI-7810", serial="TG10-00000")


def _write_sheet(path: Path, design: Design) -> None:
    local = design.start + np.timedelta64(round(UTC_OFFSET_H * 3600) - design.sheet_slow, "s")
    stamps = [str(stamp).split("T") for stamp in np.datetime_as_string(local, unit="s")]
    rows: list[list[Any]] = [list(_SHEET)]
    for k, name in enumerate(design.ids):
        note = "lid not tight?" if k == design.lid_open else ""
        rows.append(
            [
                *(name, design.plot[k], design.treatment[k], design.cover[k], *stamps[k]),
                *(f"{design.t_air[k] - T_ZERO:.2f}", f"{design.t_soil[k] - T_ZERO:.2f}"),
                *(
                    f"{100 * design.swc[k]:.1f}",
                    f"{1e6 * design.par[k]:.0f}",
                    f"{100 * design.collar[k]:.1f}",
                    note,
                ),
            ]
        )
    _write_rows(path, rows)


def _write_truth(path: Path, design: Design) -> None:
    starts = np.datetime_as_string(design.start, unit="s")
    rows: list[list[Any]] = [list(_COLUMNS)]
    for k, name in enumerate(design.ids):
        head = [name, design.plot[k], design.treatment[k], design.cover[k], f"{starts[k]}Z"]
        reco, gpp, methane = (1e6 * values[k] for values in (design.reco, design.gpp, design.methane))
        remark = "lid open" if k == design.lid_open else ""
        rows.append([*head, "co2", f"{reco - gpp:.6g}", f"{reco:.6g}", f"{gpp:.6g}", remark])
        rows.append([*head, "ch4", f"{methane:.6g}", "", "", remark or "bubble" * bool(design.bubbled[k])])
    _write_rows(path, rows)


def _write_rows(path: Path, rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
