"""Rates, records and periods that do not go together, and channels that stand still."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Rates that loggers are set to. [Hz]
RATES = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 12.5, 16.0, 20.0, 25.0, 30.0, 32.0, 40.0, 50.0, 60.0, 64.0, 100.0)
#: How near records over the spacing of files must be to such a rate.
NEAR = 0.02
#: Records this far apart are averages [s]: cospectra of the lowest towers end at seconds.
AVERAGES = 10.0
#: Longest time for which the mean pressure of air may not move [h]: tides of the atmosphere alone
#: move it by 0.1 kPa twice a day in the tropics (Chapman & Lindzen, 1970).
STILL = 36.0
#: Longest time for which means of a cell may not move to nine digits [h]: a pump and the wind at its inlet
#: move
#: its pressure, and the sun its temperature, by more than any logger's resolution.
STILL_CELL = 5.0
#: Steps of a pressure [Pa] that are fine enough for all samples of a file to differ somewhere.
FINE = 100.0

#: What loggers write for "no value", and how many times it is larger than any value.
CODES = (999.999, 999.99, -999.0, 9999.0, -9999.0, 99999.0, -99999.0, 7999.0, -7999.0, 6999.0, -6999.0)
LONELY = 5.0


def rate_doubts(records: int, rate: float, starts: Times) -> Iterator[Doubt]:
    """Yield what the records of a file, and the begins of files, tell of the rate.

    Parameters
    ----------
    records : int
        In a usual file.
    rate : float
        As configured. [Hz]
    starts : array of datetime64
        Begins of the files.
    """
    if starts.size < 3 or records < 2:
        return
    steps = np.diff(np.sort(starts)) / np.timedelta64(1, "s")
    spacing = float(np.median(steps))
    if spacing <= 0.0 or np.mean(np.abs(steps - spacing) <= NEAR * spacing) < 0.5:
        return  # files of no common length
    found = records / spacing
    usual = min(RATES, key=lambda each: abs(found / each - 1.0))
    if abs(found / usual - 1.0) < NEAR and abs(found / rate - 1.0) > 0.1:
        yield Doubt(
            "rate",
            f"raw.rate: a file has {records} records and the next one begins {spacing / 60:g} minutes "
            f"later: these are {usual:g} Hz, not {rate:g}",
        )


def spacing_doubts(spacing: float | None, rate: float) -> Iterator[Doubt]:
    """Yield what the distance of stamps [s] tells: averages, or another rate [Hz]."""
    if spacing is None or not spacing > 0.0:
        return
    if spacing >= AVERAGES:
        yield Doubt(
            "averages",
            f"raw.files: its records are {spacing:g} s apart: this is a table of averages and no raw data; "
            "slow measurements belong into [biomet]",
        )
    elif abs(spacing * rate - 1.0) > 0.1:
        yield Doubt(
            "rate",
            f"raw.rate: the stamps of the records are {spacing:.4g} s apart: these are "
            f"{1 / spacing:.3g} Hz, not "
            f"{rate:g}",
        )


def stamp_doubts(
    first: np.datetime64, last: np.datetime64, rate: float, minutes: float, sample_time_is: str
) -> Iterator[Doubt]:
    """Yield what the first and last stamp of a file tell of the part of its interval that a stamp marks.

    A file from 10:00 to 10:30 has stamps from 10:00:00.0 where they begin a sample of 0.1 s, to 10:30:00.0
    where they end it. Taken the wrong way, one sample falls into a neighbouring period, which
    then seems to exist at an end of the archive.

    Parameters
    ----------
    first, last : datetime64
        Stamps, as written.
    rate : float
        [Hz]
    minutes : float
        Averaging period.
    sample_time_is : str
        ``start`` or ``end``, as configured.
    """
    word = stamped_part(first, last, rate, minutes)
    if word and word != sample_time_is:
        stamps = " to ".join(str(t.astype("M8[ms]"))[11:] for t in (first, last))
        yield Doubt(
            "stamps",
            f"raw.sample_time_is: a file has stamps from {stamps}: they are those of whole periods if a "
            f"stamp marks the {word} of a sample, not its {sample_time_is}: each period has a sample of "
            "its neighbour",
        )


def stamped_part(first: np.datetime64, last: np.datetime64, rate: float, minutes: float) -> str:
    """Return which part of a sample stamps mark, "start" or "end"; "" where a file's ends do not tell.

    Parameters as of `stamp_doubts`.
    """
    step, period = 1.0 / rate, 60.0 * minutes
    begin, end = (float((t - t.astype("M8[D]")) / np.timedelta64(1, "ns")) * 1e-9 for t in (first, last))

    def meets(x: float) -> bool:
        return abs((x + 0.5 * period) % period - 0.5 * period) < 0.2 * step

    for word, a, b in (("start", begin, end + step), ("end", begin - step, end)):
        if meets(a) and meets(b):
            return word
    return ""


def code_doubts(data: Mapping[str, Array]) -> Iterator[Doubt]:
    """Yield that fast channels hold a code for "no value" among their samples.

    Parameters
    ----------
    data : mapping
        Name of a column -> values as they are written, (n,), NaN where missing.
    """
    found: dict[float, dict[str, int]] = {}
    for name, x in data.items():
        good = x[np.isfinite(x)]
        for code in CODES:
            here = np.abs(good - code) < 1e-6 * abs(code)  # 999.999 of four bytes is 999.99902
            count = int(np.count_nonzero(here))
            if 0 < count < good.size and abs(code) > LONELY * float(np.abs(good[~here]).max()):
                found.setdefault(code, {})[name] = count
    for code, names in found.items():
        columns = ", ".join(f"columns.{name}" for name in names)
        yield Doubt(
            "codes",
            f"{columns}: {max(names.values())} samples are {code:g}, far from all others: that seems to mean "
            f"'no value'; add \"{code:g}\" to raw.missing (text), or leave it to the limits of [condition]",
        )


def still_channels(data: Mapping[str, Array]) -> Iterator[Doubt]:
    """Yield the fast channels of a file that have one value throughout. Arrays (n,)."""
    for name, x in data.items():
        good = x[np.isfinite(x)]
        if good.size > 100 and good.min() == good.max():
            yield Doubt(
                "stuck",
                f"columns.{name}: all of its {good.size} samples are {good[0]:.6g} (SI): the channel "
                "is stuck, or it is "
                "another column",
            )


def still_pressure(key: str, x: Array) -> Iterator[Doubt]:
    """Yield the pressure of a cell that has one value of a fine resolution throughout. x: (n,) [Pa]"""
    good = x[np.isfinite(x)]
    if good.size > 100 and good.min() == good.max() and abs(good[0] / FINE - round(good[0] / FINE)) > 1e-6:
        yield Doubt(
            "stuck",
            f"{key}: all of its {good.size} samples are {good[0] / 1e3:.6g} kPa: the sensor is stuck, or a "
            "constant stands for it; leave the column out, or repair it",
        )


def moves(mean: Array) -> bool:
    """Return whether means over periods, NaN where missing, differ at all."""
    good = mean[np.isfinite(mean)]
    return bool(good.size and np.ptp(good) > 1e-9 * np.abs(good).max())


def still_means(key: str, mean: Array, hours: Array, *, cell: bool = False) -> Iterator[Doubt]:
    """Yield a pressure or temperature whose means over periods do not move at all.

    Parameters
    ----------
    key : str
        Where the configuration has it.
    mean : array, shape (n,)
        NaN where missing.
    hours : array, shape (n,)
        Of each period.
    cell : bool, default False
        Whether it is that of an analyser's cell.
    """
    there = np.isfinite(mean)
    longest = STILL_CELL if cell else STILL
    if np.count_nonzero(there) > 8 and np.ptp(hours[there]) >= longest and not moves(mean):
        yield Doubt(
            "stuck",
            f"{key}: its means are {mean[there][0]:.6g} (SI) for {np.ptp(hours[there]):.0f} hours: the "
            "sensor is stuck or was not connected; leave the column out, or repair it",
        )
