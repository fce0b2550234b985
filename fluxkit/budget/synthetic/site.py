"""Files of a forest whose carbon is known: tower, chambers, plots, soil, climate, a model and a satellite."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.budget.units import M_C
from fluxkit.chamber.processing.run import run as run_chambers
from fluxkit.chamber.synthetic.plots import Design, make_campaign
from fluxkit.constants import T_ZERO

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

ID = "demo"
UTC_OFFSET_H = 1.0
YEARS = (2021, 2022, 2023)
FIRST_YEAR = 2012  #: of the satellite
CUE = 0.47
NEP = 290.0  #: mean of the tower's years [g C m-2 a-1]
HARVEST, DOC = 45.0, 5.0  #: [g C m-2 a-1]
#: What of NECB = NEP - HARVEST - DOC goes where. [g C m-2 a-1]
CHANGES = {"trees": 185.0, "litter": 12.0, "understory": 8.0, "soil": 35.0}
ROOT_SHARE = 0.4  #: of autotrophic respiration that chambers see
SHARES = {"stand": 0.8, "gap": 0.2}
ROUNDS = (17.5, 21.5)  #: of chambers, local time [h]
GAP = 0.7  #: respiration of gaps over that of the stand
CARBON_FRACTION, BCEF, ROOT_SHOOT = 0.47, 0.70, 0.25
CLOSED_SHARE = 0.86  #: of the available energy in H + LE

CONFIG = """\
# Synthetic site: the files beside this one were made by fluxkit.budget.synthetic; truth.csv says what they
# hold.

[budget]
id = "{id}"
name = "Demo forest"
latitude = 47.0
longitude = 8.0
utc_offset_h = {offset}
years = [2021, 2022, 2023]

[tower]
annual = "tower/demo_annual.csv"
half_hours = "tower/demo_HH.csv"
partitioning = "night"

[lateral]
file = "tower/lateral.csv"
absent = ["grazing", "fire", "imports", "erosion", "VOC", "CH4-C"]

[npp]
plant_type = "forest"
{chambers}
[[inventories]]
name = "trees"
plots = "plots/trees.csv"
method = "expansion-factor"
bcef = {bcef}
root_shoot = {root}
carbon_fraction = {fraction}

[[pools]]
file = "plots/pools.csv"
unit = "Mg C ha-1"

[soil]
horizons = "plots/soil.csv"
fractions = "plots/fractions.csv"

[climate]
file = "climate.csv"
carbon_fraction = {fraction}

[[series]]
name = "MOD17-like"
file = "models/mod17.csv"
format = "modis"
variable = "GPP"
column = "Gpp"
includes = "all green leaves of a pixel"
correct = true

[[series]]
name = "CENTURY-like"
file = "models/century.lis"
format = "century"
variable = "NPP"
column = "nppmon"
unit = "g C m-2"
includes = "above and below ground"
version = "made up"

[[series]]
name = "of another site"
file = "models/elsewhere.csv"
variable = "NPP"
column = "NPP"
unit = "g C m-2 a-1"

[energy]
h = "H"
le = "LE"
rn = "NETRAD"
g = "G"
corrections = ["bowen-ratio", "fluxnet", "ratio"]
"""

CHAMBERS = """
[chambers]
fluxes = "chambers/out/demo_chamber_fluxes.csv"
shares = {{ stand = {stand}, gap = {gap} }}
trenched = ["trenched"]
half_hour_temperature = "TS_F"
replicates = 60
"""


@dataclass(frozen=True)
class Forest:
    """Hours of the forest from the first year of the satellite on; fluxes in umol m-2 s-1."""

    start: Times  #: local standard time
    t_air: Array
    t_soil: Array
    sw_in: Array
    gpp: Array
    rh: Array
    ra: Array

    @property
    def reco(self) -> Array:
        """All respiration."""
        return self.rh + self.ra

    @property
    def year(self) -> npt.NDArray[np.int64]:
        """Calendar year of each hour."""
        return np.asarray(self.start.astype("M8[Y]").astype(np.int64) + 1970)

    def mean_sum(self, flux: Array, years: Sequence[int] = YEARS) -> float:
        """Return the mean annual sum of a flux. [g C m-2 a-1]"""
        return float(np.sum(flux[np.isin(self.year, years)]) * 3600 * M_C * 1e-6 / len(years))


class DarkClosings(Design):
    """Dark closures of a campaign; no chamber stands open, and the sheet's clock is right."""

    @property
    def sheet_slow(self) -> int:
        """Nothing. [s]"""
        return 0

    @property
    def lid_open(self) -> int:
        """None of the closures."""
        return -1


def make_site(folder: Path | str, *, chambers: bool = True, seed: int = 3) -> Path:
    """Write a site with all of its files, and what was planted.

    Parameters
    ----------
    folder : path
        Created if missing.
    chambers : bool
        Also make a campaign with an analyser's files and compute its fluxes: some seconds.
    seed : int
        Equal seeds give equal files.

    Returns
    -------
    Path
        ``budget.toml``.
    """
    target = Path(folder)
    for name in ("tower", "plots", "models"):
        (target / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    forest = make_forest(rng)
    _write_tower(target / "tower", forest, rng)
    _write_plots(target / "plots", rng)
    _write_models(target, forest, rng)
    if chambers:
        config = make_campaign(target / "chambers", design=_closings(forest, rng))
        run_chambers(config, target / "chambers" / "out")
    _write_truth(target / "truth.csv", forest)
    section = CHAMBERS.format(stand=SHARES["stand"], gap=SHARES["gap"]) if chambers else ""
    text = CONFIG.format(
        id=ID, offset=UTC_OFFSET_H, chambers=section, bcef=BCEF, root=ROOT_SHOOT, fraction=CARBON_FRACTION
    )
    path = target / "budget.toml"
    path.write_text(text, encoding="utf-8")
    return path


def make_forest(rng: np.random.Generator) -> Forest:
    """Return twelve years of hours whose budget over the tower's years is as planted."""
    start = np.arange(f"{FIRST_YEAR}-01-01", f"{YEARS[-1] + 1}-01-01", dtype="M8[h]").astype("M8[s]")
    hour = np.arange(start.size)
    day, of_day = hour / 24.0, hour % 24 + 0.5
    season = -np.cos(2 * np.pi * (day - 15) / 365.25)
    weather = np.repeat(_red(rng, start.size // 24, 0.8), 24)
    t_air = 9.5 + 9.5 * season + 2.5 * weather + 4 * np.sin(2 * np.pi * (of_day - 9) / 24)
    t_soil = 9.0 + 7.0 * season + 1.2 * weather + 1.0 * np.sin(2 * np.pi * (of_day - 12) / 24)
    half_day = 6 + 2 * season
    sun = np.maximum(np.cos(np.pi * (of_day - 12) / (2 * half_day)), 0.0) * (np.abs(of_day - 12) < half_day)
    sw_in = (
        (430 + 330 * season)
        * sun
        * np.clip(0.75 - 0.2 * np.repeat(_red(rng, start.size // 24, 0.3), 24), 0.15, 1.1)
    )
    leaf = np.clip(0.25 + 0.75 / (1 + np.exp(-6 * season)), 0, 1)
    warm = np.clip((t_air + 2) / 16, 0, 1)
    forest = Forest(
        start, t_air, t_soil, sw_in, 30 * leaf * warm * sw_in / (sw_in + 320), *(np.empty(0),) * 2
    )
    gpp = forest.mean_sum(forest.gpp)
    # Respiration rises as a logistic curve, which none of the fitted forms is.
    by_soil = 1 / (1 + np.exp(-(t_soil - 17) / 5.5))
    by_air = 1 / (1 + np.exp(-(t_air - 19) / 7.0))
    rh = by_soil * (CUE * gpp - NEP) / forest.mean_sum(by_soil)
    stems = by_air * (1 - ROOT_SHARE) * (1 - CUE) * gpp / forest.mean_sum(by_air)
    roots = by_soil * ROOT_SHARE * (1 - CUE) * gpp / forest.mean_sum(by_soil)
    return Forest(start, t_air, t_soil, sw_in, forest.gpp, rh, stems + roots)


def _red(rng: np.random.Generator, size: int, persistence: float) -> Array:
    made = np.empty(size)
    made[0] = rng.standard_normal()
    shocks = rng.standard_normal(size) * np.sqrt(1 - persistence**2)
    for k in range(1, size):
        made[k] = persistence * made[k - 1] + shocks[k]
    return made


def _soil_respiration(forest: Forest) -> Array:
    """Return what chambers see of the whole ground: Rh and roots. [umol m-2 s-1]"""
    roots = ROOT_SHARE * (1 - CUE) / (CUE - NEP / forest.mean_sum(forest.gpp))
    return np.asarray(forest.rh * (1 + roots))


def _write_tower(folder: Path, forest: Forest, rng: np.random.Generator) -> None:
    mine = np.isin(forest.year, YEARS)
    nee = (forest.reco - forest.gpp)[mine]
    rn = 0.72 * forest.sw_in[mine] - 45.0
    g = 0.06 * rn
    le = CLOSED_SHARE * (rn - g) * 0.6 + 4 * rng.standard_normal(rn.size)
    h = CLOSED_SHARE * (rn - g) * 0.4 + 4 * rng.standard_normal(rn.size)
    columns = {
        "NEE_F": nee, "GPP_NT": forest.gpp[mine], "RECO_NT": forest.reco[mine], "TA_F": forest.t_air[mine],
        "TS_F": forest.t_soil[mine], "SW_IN_F": forest.sw_in[mine], "NETRAD": rn, "G": g, "H": h, "LE": le,
        "USTAR": rng.weibull(2.0, rn.size) * 0.4, "WD": rng.uniform(0, 360, rn.size),
    }  # fmt: skip
    stamps = [str(s)[:16].replace("-", "").replace("T", "").replace(":", "") for s in forest.start[mine]]
    table = np.column_stack(list(columns.values()))
    lines = [
        f"{stamp}," + ",".join(f"{x:.4f}" for x in row) for stamp, row in zip(stamps, table, strict=True)
    ]
    head = ",".join(("TIMESTAMP_START", *columns))
    (folder / "demo_HH.csv").write_text(head + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rows: list[Sequence[object]] = [
        ("year", "variable", "value", "lower", "upper", "unit", "se_random", "se_ustar")
    ]
    shared = rng.standard_normal()
    for name, flux, size in (
        ("NEE", forest.reco - forest.gpp, 1.0),
        ("GPP_NT", forest.gpp, 2.0),
        ("RECO_NT", forest.reco, 2.0),
    ):
        for year in YEARS:
            random, ustar = 14.0 * size, 20.0 * size
            value = forest.mean_sum(flux, [year]) + random * rng.standard_normal() + ustar * shared
            reach = 1.96 * np.hypot(random, ustar)
            rows.append(
                (
                    year,
                    name,
                    *(f"{x:.2f}" for x in (value, value - reach, value + reach)),
                    "g C m-2",
                    random,
                    ustar,
                )
            )
    _write(folder / "demo_annual.csv", rows)
    lateral: list[Sequence[object]] = [("year", "term", "value", "standard_error", "unit", "carbon_fraction")]
    for year in YEARS:
        # Harvest was weighed as dry matter.
        dry = (HARVEST + 8 * rng.standard_normal()) / 47.0
        lateral.append((year, "harvest", f"{dry:.4f}", f"{8 / 47:.4f}", "t DM ha-1 a-1", CARBON_FRACTION))
        lateral.append((year, "DOC", f"{DOC + rng.standard_normal():.2f}", 1.0, "g C m-2 a-1", ""))
    _write(folder / "lateral.csv", lateral)


def _write_plots(folder: Path, rng: np.random.Generator) -> None:
    dates, years = (f"{YEARS[0]}-01-01", f"{YEARS[-1] + 1}-01-01"), len(YEARS)
    per_volume = BCEF * (1 + ROOT_SHOOT) * CARBON_FRACTION
    trees: list[Sequence[object]] = [("plot", "date", "area", "volume")]
    for k in range(32):
        before = max(200 + 60 * rng.standard_normal(), 40.0)
        gain = years * CHANGES["trees"] / 100 / per_volume * (1 + 0.35 * rng.standard_normal())
        for date, volume in zip(dates, (before, before + gain), strict=True):
            trees.append((f"P{k + 1}", date, 0.06, f"{volume + 1.5 * rng.standard_normal():.2f}"))
    # Rows as they come back from the field.
    trees += [("P33", dates[0], "", "187.2"), ("P34", dates[1], 0.06, "-12.0")]
    _write(folder / "trees.csv", trees)
    pools: list[Sequence[object]] = [("pool", "plot", "date", "value")]
    for pool, level in (("litter", 6.0), ("understory", 2.5)):
        for k in range(20):
            before = level * np.exp(0.2 * rng.standard_normal())
            for n, date in enumerate(dates):
                value = before + n * years * CHANGES[pool] / 100 + 0.08 * rng.standard_normal()
                pools.append((pool, f"P{k + 1}", date, f"{value:.3f}"))
    _write(folder / "pools.csv", pools)
    soil: list[Sequence[object]] = [("profile", "date", "top", "bottom", "bulk_density", "carbon", "rock")]
    for k in range(24):
        first = 4.0 + 0.5 * rng.standard_normal()
        for n, date in enumerate(dates):
            # 1.0 g cm-3 over 10 cm with 10 % of rock: 9 Mg C ha-1 for each per cent.
            gain = n * years * CHANGES["soil"] / 100 / 9.0
            soil.append(
                (f"S{k + 1}", date, 0, 10, 1.0, f"{first + gain + 0.02 * rng.standard_normal():.4f}", 0.1)
            )
            soil.append((f"S{k + 1}", date, 10, 30, 1.25, f"{1.2 + 0.002 * rng.standard_normal():.4f}", 0.2))
    _write(folder / "soil.csv", soil)
    _write(
        folder / "fractions.csv", [("sample", "whole", "POC", "MAOC", "MBC"), ("S1", 40.0, 11.2, 27.6, 0.7)]
    )


def _write_models(folder: Path, forest: Forest, rng: np.random.Generator) -> None:
    grams = 3600 * M_C * 1e-6
    daily = forest.gpp.reshape(-1, 24).sum(axis=1) * grams
    days = forest.start[::24].astype("M8[D]")
    rows: list[Sequence[object]] = [
        ("band", "product", "scale", "latitude", "longitude", "calendar_date", "pixel", "value")
    ]
    for year in range(FIRST_YEAR, YEARS[-1] + 1):
        first = np.datetime64(f"{year}-01-01")
        inside = np.flatnonzero(days.astype("M8[Y]") == first.astype("M8[Y]"))
        for begin in range(0, inside.size, 8):
            part = daily[inside[begin : begin + 8]]
            value = 0.65 * part.sum() + 0.5 * part.size + 1.5 * rng.standard_normal() * np.sqrt(part.size)
            rows.append(
                ("Gpp_500m", "MOD17A2H", 0.0001, 47.0, 8.0, str(first + begin), 1, round(max(value, 0) * 10))
            )
    _write(folder / "models" / "mod17.csv", rows)
    months = forest.start[::24].astype("M8[M]")
    lines = ["      time        nppmon         somsc", ""]
    for month in np.unique(months):
        npp = CUE * daily[months == month].sum() * (1 + 0.05 * rng.standard_normal())
        end = (month.astype(np.int64) + 1) / 12 + 1970
        lines.append(f"{end:10.2f}{npp:14.4f}{6000.0:14.4f}")
    (folder / "models" / "century.lis").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write(
        folder / "models" / "elsewhere.csv",
        [("site", "year", "NPP"), ("XX-Els", 2021, 400), ("XX-Els", 2022, 410)],
    )
    # A climate under which MIAMI's limit by rain is this forest's production.
    npp = CUE * forest.mean_sum(forest.gpp) / CARBON_FRACTION
    rain = -np.log(1 - npp / 3000) / 0.000664
    climate = [
        (year, f"{14 + 0.5 * rng.standard_normal():.2f}", f"{rain * (1 + 0.1 * rng.standard_normal()):.0f}")
        for year in range(2004, 2024)
    ]
    _write(folder / "climate.csv", [("year", "ta", "p"), *climate])


def _closings(forest: Forest, rng: np.random.Generator) -> DarkClosings:
    """Lay out dark closures of every fifth week of the middle year, by day and at night."""
    whole = _soil_respiration(forest)
    stand = whole / (SHARES["stand"] + SHARES["gap"] * GAP)
    levels = {"stand": stand, "gap": GAP * stand, "trenched": forest.rh}
    rows = []
    # Four plots of each kind that spread as a tenth of the mean does, and on the mean are it.
    spread = 1 + 0.1 * np.array([-1.15, -0.35, 0.35, 1.15])
    vigour = {(kind, k): x for kind in levels for k, x in enumerate(rng.permutation(spread).tolist())}
    begin = np.datetime64(f"{YEARS[1]}-01-12T00:00:00", "s")
    for week in range(0, 50, 5):
        for hour in ROUNDS:
            moment = begin + np.timedelta64(week * 7 * 86400 + round(hour * 3600), "s")
            for kind, k in vigour:
                at = int((moment - forest.start[0]) / np.timedelta64(3600, "s"))
                flux = levels[kind][at] * vigour[kind, k] * 1e-6
                rows.append((moment, kind, k, flux, forest.t_soil[at], forest.t_air[at]))
                moment = moment + np.timedelta64(int(270 + rng.integers(0, 60)), "s")
    size = len(rows)
    shift = np.timedelta64(round(UTC_OFFSET_H * 3600), "s")
    utc = np.array([row[0] - shift for row in rows], "M8[ns]")
    zero = np.zeros(size)
    return DarkClosings(
        plot=np.array([f"{row[1]}-{row[2] + 1}" for row in rows]),
        treatment=np.array([row[1] for row in rows]),
        cover=np.full(size, "dark"),
        start=utc,
        t_air=np.array([row[5] for row in rows]) + T_ZERO,
        t_soil=np.array([row[4] for row in rows]) + T_ZERO,
        swc=np.full(size, 0.3),
        par=zero,
        collar=np.full(size, 0.05),
        reco=np.array([row[3] for row in rows]),
        gpp=zero,
        methane=np.full(size, -1e-9),
    )


def truth(forest: Forest) -> dict[str, float]:
    """Return label of a row -> what was planted. [g C m-2 a-1]"""
    gpp, rs = forest.mean_sum(forest.gpp), forest.mean_sum(_soil_respiration(forest))
    rh = forest.mean_sum(forest.rh)
    planted = {
        "NEP (−NEE)": NEP, "NECB": NEP - HARVEST - DOC, "GPP": gpp, "Reco": forest.mean_sum(forest.reco),
        "NPP = CUE × GPP": CUE * gpp, "NPP = NEP + Rh": CUE * gpp, "NPP by MIAMI": CUE * gpp,
        "Rs (soil)": rs, "Rh (trenched)": rh, "Ra (roots)": rs - rh,
        "GPP of MOD17-like, corrected": gpp, "all stock changes": sum(CHANGES.values()),
    }  # fmt: skip
    return planted | {f"change of {pool}": value for pool, value in CHANGES.items()}


def _write_truth(path: Path, forest: Forest) -> None:
    _write(path, [("row", "planted_g_C_m2_a"), *((name, f"{x:.3f}") for name, x in truth(forest).items())])


def _write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
