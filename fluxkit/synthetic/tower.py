"""Days of raw files with known fluxes, and the configuration that reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.synthetic import defects, station, writers
from fluxkit.synthetic.air import make_air
from fluxkit.synthetic.rig import CLOSED, OPEN, Rig, measure_rig
from fluxkit.synthetic.weather import course

Array = npt.NDArray[np.float64]
Logger = Literal["toa5", "csv"]
Blemish = Literal["missing", "truncated", "gaps", "spikes"]

#: What is wrong with which half hour of the demonstration day.
DEMO_BLEMISHES: dict[int, Blemish] = {9: "missing", 19: "truncated", 27: "gaps", 33: "spikes"}

_TRUTH_HEAD = """\
# What was planted in the raw files, by averaging period; time = start, UTC.
# USTAR m s-1; H, LE W m-2; FC umol m-2 s-1 (upwards positive); WS m s-1; WD, ROT_YAW, ROT_PITCH deg; TA degC;
# PA kPa; CO2_DRY umol mol-1, H2O_DRY mmol mol-1 (of dry air); W_*_COV in these units times m s-1;
# *_TLAG s, without the analyser's own response.
# REMARK: what is wrong with the file, if anything; the planted fluxes hold nevertheless.
"""


@dataclass(frozen=True)
class _Logger:
    """Writes the raw files of one tower."""

    folder: Path
    rig: Rig
    rate: float  #: [Hz]
    suffix: str

    def write(
        self,
        columns: dict[str, Array],
        start: np.datetime64,
        first: int,
        blemish: Blemish | None,
        rng: np.random.Generator,
    ) -> None:
        """Write one file, ``first`` being the number of its first record."""
        if blemish == "missing":
            return
        n = next(iter(columns.values())).size
        if blemish == "spikes":
            columns = _spiked(columns, rng)
        lost = _lost_stretches(n, rng) if blemish == "gaps" else []
        if self.suffix.startswith(".dat"):
            file = self._toa5(columns, start, first, defects.record_order(n, lost=lost))
        else:
            # Without stamps a record cannot be left out: its values are missing instead.
            file = self._csv({name: defects.drop(x, lost) for name, x in columns.items()}, start)
        if blemish == "truncated":
            content = file.read_bytes()
            file.write_bytes(content[: round(0.61 * len(content))])

    def _toa5(
        self, columns: dict[str, Array], start: np.datetime64, first: int, order: npt.NDArray[np.int64]
    ) -> Path:
        file = self.folder / f"{station.SITE_ID}_{start.item():%Y_%m_%d_%H%M}{self.suffix}"
        n = next(iter(columns.values())).size
        step = np.timedelta64(round(1e6 / self.rate), "us")
        stamps = writers.time_stamps(start.astype("datetime64[us]") + step, n, self.rate)
        writers.write_toa5(
            file,
            self.rig.fields,
            [x[order] for x in columns.values()],
            [stamps[i] for i in order],
            records=first + order,
            station=station.SITE_ID,
        )
        return file

    def _csv(self, columns: dict[str, Array], start: np.datetime64) -> Path:
        file = self.folder / f"{station.SITE_ID}_{start.item():%Y%m%d-%H%M}{self.suffix}"
        writers.write_table(file, self.rig.fields, list(columns.values()))
        return file


def make_day(
    out_dir: str | Path,
    *,
    hours: float = 24.0,
    rate: float = 10.0,
    format: Logger = "toa5",
    path: Literal["open", "closed"] = "open",
    start: str | np.datetime64 = "2024-07-01T00:00",
    period: float = 30.0,
    seed: int = 0,
    compress: bool = False,
    blemishes: Mapping[int, Blemish] | None = None,
) -> Path:
    """Write raw files of a plausible summer day, their truth and their configuration.

    Parameters
    ----------
    out_dir : str or Path
        Folder, created if missing: gets ``raw/``, ``truth.csv`` and ``site.toml``.
    hours : float, default 24
        Length of the stretch. [h]
    rate : float, default 10
        Sampling rate. [Hz]
    format : {"toa5", "csv"}
        TOA5 as a Campbell logger writes it, or a plain table with the time in the file name.
    path : {"open", "closed"}
        Kind of gas analyser. Open: CSAT3 and LI-7500A; closed: R3-50 and LI-7200 with a tube.
    start : str or numpy.datetime64
        First instant, local standard time (UTC+1).
    period : float, default 30
        Averaging period, and length of a file. [min]
    seed : int, default 0
        The same seed gives the same bytes.
    compress : bool, default False
        Write ``.gz``.
    blemishes : mapping of int to {"missing", "truncated", "gaps", "spikes"}, optional
        What is wrong with which period (0 = first).

    Returns
    -------
    Path
        The configuration, ``site.toml``.

    Notes
    -----
    Each period holds exactly the fluxes of ``truth.csv`` before the instruments distort them:
    path averaging, first-order response, delay, tilt, density effects, noise and rounding are in the files.
    """
    blemishes = {} if blemishes is None else blemishes
    rig = OPEN if path == "open" else CLOSED
    folder = Path(out_dir)
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    suffix = {"toa5": ".dat", "csv": ".csv"}[format] + (".gz" if compress else "")
    z = rig.height - 0.67 * station.CANOPY_HEIGHT
    weather = course(
        np.datetime64(start), round(hours * 60.0 / period), period,
        height=z, roughness=0.15 * station.CANOPY_HEIGHT, altitude=station.ALTITUDE, seed=seed,
    )  # fmt: skip
    n = round(period * 60.0 * rate)
    logger = _Logger(folder / "raw", rig, rate, suffix)
    truth = []
    for k, state in enumerate(weather):
        rng = np.random.default_rng([seed, k, 2])
        air = make_air(state, n, rate, height=z, seed=rng)
        columns = measure_rig(air, rig, rng)
        remark = blemishes.get(k)
        logger.write(columns, state.start, k * n, remark, rng)
        truth.append(_truth_row(state.start, air.truth(), rig, remark))
    lines = [truth[0][0], *(row for _, row in truth)]
    (folder / "truth.csv").write_text(_TRUTH_HEAD + "\n".join(lines) + "\n")
    config = folder / "site.toml"
    config.write_text(station.site_toml(rig, rate=rate, minutes=period, logger=format, suffix=suffix))
    return config


def make_demo(out_dir: str | Path, *, seed: int = 0) -> Path:
    """Write a whole day of open-path data with a few things wrong, for a first try.

    One half hour is missing, one file is truncated, one has lost 30 % of its records and one
    has spikes.

    Parameters
    ----------
    out_dir : str or Path
        Folder, created if missing.
    seed : int, default 0
        The same seed gives the same bytes.

    Returns
    -------
    Path
        The configuration, ``site.toml``.
    """
    return make_day(out_dir, seed=seed, blemishes=DEMO_BLEMISHES)


def _spiked(columns: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Put twenty spikes of one to three samples into every column that fluctuates."""
    out = dict(columns)
    for name, x in columns.items():
        sigma = float(x.std())
        if sigma > 1e-9:
            places = np.sort(rng.choice(x.size // 10 - 1, 20, replace=False)) * 10
            for width in (1, 2, 3):
                chosen = places[width - 1 :: 3].tolist()
                out[name] = defects.add_spikes(out[name], chosen, 12.0 * sigma, width)
    return out


def _lost_stretches(n: int, rng: np.random.Generator) -> list[int]:
    """Choose thirty of a hundred stretches of a file."""
    blocks = np.array_split(np.arange(n), 100)
    chosen = rng.choice(100, 30, replace=False)
    return [int(i) for k in np.sort(chosen) for i in blocks[k]]


def _truth_row(
    start: np.datetime64, truth: dict[str, float], rig: Rig, remark: Blemish | None
) -> tuple[str, str]:
    """Header and one line of ``truth.csv``."""
    yaw = rig.yaw(truth["WD"])
    values = {
        **truth,
        "ROT_YAW": yaw % 360.0,
        "ROT_PITCH": rig.pitch(yaw),
        "CO2_TLAG": rig.lag_co2,
        "H2O_TLAG": rig.lag_h2o,
    }
    utc = start.astype("datetime64[s]") - np.timedelta64(round(station.UTC_OFFSET_H * 3600), "s")
    cells = [f"{utc}Z", *(f"{value:.8g}" for value in values.values()), remark or ""]
    return ",".join(["time", *values, "REMARK"]), ",".join(cells)
