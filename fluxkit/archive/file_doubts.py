"""What the checks of `fluxkit.examine` are asked of a configuration and one file: for `check`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.constants import SI
from fluxkit.errors import ReadError
from fluxkit.examine import analysers, columns, heights, levels, sampling, signals, signs
from fluxkit.examine.doubt import Doubt
from fluxkit.physics.air import pressure_at
from fluxkit.physics.solar import potential_radiation
from fluxkit.physics.sonic import SOUND
from fluxkit.raw.samples import Samples
from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.schema.gases import kind_of
from fluxkit.schema.units import canonical, parse, to_si
from fluxkit.site.column_names import recognise
from fluxkit.site.models import Site
from fluxkit.site.sections.reading import DIAGNOSTICS

Array = npt.NDArray[np.float64]

#: Of cells, what can stand still over days.
CELL = ("p_cell", "t_cell", "t_cell_in", "t_cell_out")


class Air(NamedTuple):
    """Mean state of the air as a station or a file has it."""

    T: float  #: [K]
    P: float  #: [Pa]


def doubts_of_site(site: Site) -> Iterator[Doubt]:
    """Yield what a configuration alone tells."""
    station = site.station
    yield from heights.height_doubts(site.sonic.height, station.canopy_height, station.d, station.z0)
    yield from _doubts_of_models(site)
    yield from columns.gain_doubts({f"columns.{name}": column.gain for name, column in site.columns.items()})
    slow = site.biomet.columns.items()
    yield from columns.gain_doubts({f"biomet.columns.{name}": column.gain for name, column in slow})
    named = {name: _named(name, site) for name in site.columns}
    if site.sonic.wind_format == "uvw":
        yield from columns.axes_given(named)
        yield from columns.name_doubts(named)
        yield from columns.sonic_doubts(named)
    else:
        yield from columns.name_doubts({name: x for name, x in named.items() if name not in _FAST})


def _doubts_of_models(site: Site) -> Iterator[Doubt]:
    """Yield columns of gases whose names tell another analyser."""
    for gas in site.gases:
        column, analyser = site.columns[gas], site.analyser(gas)
        if isinstance(column.column, str):
            yield from columns.model_doubts(gas, column.column, analyser.id, analyser.model)


def _named(variable: str, site: Site) -> columns.Named:
    """Return a column with what its name tells."""
    column = site.columns[variable]
    name = column.column if isinstance(column.column, str) else ""
    known = recognise(name, "") if name else None
    told, unit = (known.variable, known.unit or "") if known else ("", "")
    return columns.Named(name, told, unit, canonical(column.unit), column.gain, column.offset)


def doubts_of_file(samples: Samples, site: Site) -> list[Doubt]:
    """Return what the samples of one file tell."""
    mean = means_of(samples, site)
    found = [*doubts_of_means(mean, outside(mean, site), site, once=True), *_doubts_of_wind(samples, site)]
    fast = {name: x for name, x in samples.data.items() if name in _FAST or name in site.gases}
    found += sampling.still_channels(fast)
    found += sampling.code_doubts({name: _written(name, x, site) for name, x in fast.items()})
    if "p_cell" in samples.data:
        found += sampling.still_pressure("columns.p_cell", samples.data["p_cell"])
    found += _doubts_of_analysers(samples, site)
    found += _doubts_of_words(samples, site)
    if not any(doubt.check in ("w_sign", "wind_swapped", "gases_swapped") for doubt in found):
        found += doubts_by_day(samples, site)
    for gas in site.gases:
        name = f"signal_{gas}"
        if np.isfinite(mean.get(name, np.nan)):
            found += signals.signal_doubts(f"columns.{name}", mean[name], site.analyser(gas).model)
    return found


def doubts_by_day(samples: Samples, site: Site) -> Iterator[Doubt]:
    """Yield that fluxes of one file by day go the other way, as in columns that are swapped."""
    data, rate = samples.data, site.raw.rate
    if not {"w", "co2", "h2o"} <= data.keys():
        return
    found = [analysers.best_correlation(data["w"], data[gas], rate) for gas in ("co2", "h2o")]
    co2, h2o = (np.nan if pair is None else pair[1] for pair in found)
    middle = samples.start + np.timedelta64(round(5e8 * samples.size / rate), "ns")
    sun = potential_radiation(np.array([middle]), site.station.latitude, site.station.longitude)[0]
    yield from signs.gases_once(co2, h2o, float(sun), ("columns.co2", "columns.h2o"))


def first_by_day(starts: Sequence[np.datetime64], site: Site) -> int | None:
    """Return which of some files begins under a high sun, None if none does."""
    place = site.station.latitude, site.station.longitude
    bright = np.flatnonzero(potential_radiation(np.array(starts, "M8[ns]"), *place) > signs.DAY)
    return int(bright[0]) if bright.size else None


def _written(name: str, x: Array, site: Site) -> Array:
    """Return samples [SI] as the file has them."""
    column = site.columns[name]
    scale, shift = to_si(column.unit, site.gas_facts(name).molar_mass if name in site.gases else None)
    return ((x - shift) / scale - column.offset) / (column.gain or 1.0)


def _doubts_of_words(samples: Samples, site: Site) -> Iterator[Doubt]:
    """Yield the diagnostic words that are too large for their analyser."""
    for name in (name for name in DIAGNOSTICS[1:] if name in samples.data):
        bound, good = site.columns[name].instrument, samples.data[name][np.isfinite(samples.data[name])]
        known = {site.analyser(gas).word for gas in site.gases if bound in (None, site.analyser(gas).id)} - {
            ""
        }
        if len(known) == 1 and good.size:
            word = diagnostic_words()[known.pop()]
            largest = 2 ** (1 + max((bit for bit, _, _ in word.bits), default=63)) - 1
            if word.well:  # of others, a bit that is set means a fault, and costs the samples
                yield from signals.word_doubts(f"columns.{name}", float(np.median(good)), largest, word.label)


def _doubts_of_analysers(samples: Samples, site: Site) -> Iterator[Doubt]:
    """Yield the gases that are not of the analyser that they are given to."""
    from fluxkit.tower.settings import (
        lag_window,
    )  # what conditions samples, which a configuration does without

    wind = [samples.data[name] for name in ("t_sonic", "w") if name in samples.data]
    signals = [
        analysers.Signal(
            gas,
            site.gas_facts(gas).kind,
            site.analyser(gas).id,
            site.analyser(gas).closed,
            lag_window(site, gas, site.raw.rate, 1.0).nominal / site.raw.rate,
            samples.data[gas],
        )
        for gas in site.gases
        if gas in samples.data
    ]
    if len(signals) > 1:
        yield from analysers.analyser_doubts(signals, wind, site.raw.rate)


_FAST = ("u", "v", "w", "t_sonic")


def means_of(samples: Samples, site: Site) -> dict[str, float]:
    """Return the means of a file's columns, of a speed of sound the temperature. [SI]"""
    mean = {name: mean_of(x) for name, x in samples.data.items()}
    if "t_sonic" in mean and parse(site.columns["t_sonic"].unit).dimension == "speed":
        mean["t_sonic"] = mean["t_sonic"] ** 2 / SOUND
    return mean


def doubts_of_means(mean: dict[str, float], air: Air, site: Site, *, once: bool) -> Iterator[Doubt]:
    """Yield what the means of variables tell. mean: variable of ``columns`` -> mean [SI]."""
    given = {name: _level(name, x, site) for name, x in mean.items() if name in site.columns}
    temperatures = [given[name] for name in ("t_sonic", "t_air") if name in given]
    yield from levels.temperature_doubts(temperatures)
    if "t_air" in given and "t_sonic" in given:
        yield from levels.sonic_doubts(given["t_sonic"].value, given["t_air"])
    if "p_air" in given:
        yield from levels.pressure_doubts(given["p_air"], site.station.altitude)
    for number in dict.fromkeys(_number(gas) for gas in site.gases):  # of each analyser by itself
        yield from _doubts_of_pair(number, given, mean, air, site, once=once)
    for gas in site.gases:
        facts = site.gas_facts(gas)
        if gas in given and facts.molar_mass is not None:
            at = volume_of(gas, mean, air, site)
            yield from levels.trace_doubts(given[gas], facts.kind, facts.molar_mass, at)


def _number(gas: str) -> str:
    """Return the number of a further analyser with its mark, "_2"; "" of the first."""
    return gas.removeprefix(kind_of(gas))


def _doubts_of_pair(
    number: str, given: dict[str, levels.Level], mean: dict[str, float], air: Air, site: Site, *, once: bool
) -> Iterator[Doubt]:
    """Yield what carbon dioxide and water vapour of one analyser tell."""
    kinds: tuple[levels.Gas, ...] = ("co2", "h2o")
    there = [kind for kind in kinds if kind + number in given and np.isfinite(given[kind + number].value)]
    gases = {kind: given[kind + number] for kind in there}
    mass = {kind: site.gas_facts(kind + number).molar_mass or np.nan for kind in there}
    volume = {kind: volume_of(kind + number, mean, air, site) for kind in there}
    sources = air_sources(mean, site)
    yield from levels.gas_doubts(gases, mass, volume, air.T, air.P, once=once, air_from=sources)


def air_sources(mean: dict[str, float], site: Site) -> tuple[str, str]:
    """Return where the configuration has the temperature and the pressure of the air."""
    temperature = "columns.t_air" if "t_air" in mean else "columns.t_sonic"
    pressure = "columns.p_air" if "p_air" in site.columns else "station.altitude"
    return temperature, pressure


def _doubts_of_wind(samples: Samples, site: Site) -> Iterator[Doubt]:
    """Yield what the wind of one file tells, where its columns are u, v and w."""
    if site.sonic.wind_format != "uvw" or not {"u", "v", "w"} <= samples.data.keys():
        return
    u, v, w = (samples.data[name] for name in "uvw")
    wind = np.stack([u, v, w])
    wind = wind[:, np.isfinite(wind).all(axis=0)]
    possible = np.abs(wind).max(axis=0, initial=0.0) < signs.GUST  # 999.999 is a code that nobody has told of
    if possible.mean() > 0.5:
        wind = wind[:, possible]
    if wind.shape[1] < 1000:
        return
    mean = wind.mean(axis=1)
    speed = float(np.hypot(*mean[:2]))
    yield from levels.wind_speed_doubts(speed, site.columns["u"].unit)
    pitch = np.degrees(np.arctan2(mean[2], speed))
    variance = wind.var(axis=1)[None]
    found = list(signs.axes_doubts(np.array([pitch]), variance))
    along = np.array([float(np.hypot(*wind[:2]).mean())])
    found = found or list(signs.scale_doubts(along, variance))
    yield from found or signs.stress_once(*wind)


def outside(mean: dict[str, float], site: Site) -> Air:
    """Return the state of the air of a file; what is not plausible is taken from elsewhere."""
    temperatures = [mean[name] for name in ("t_air", "t_sonic") if name in mean]
    T = next((x for x in temperatures if levels.TEMPERATURE[0] < x < levels.TEMPERATURE[1]), 288.15)
    expected = pressure_at(site.station.altitude)
    P = mean.get("p_air", expected)
    return Air(T, P if abs(P / expected - 1.0) < levels.PRESSURE else expected)


def volume_of(gas: str, mean: dict[str, float], air: Air, site: Site) -> float:
    """Return the volume of a mole of air where a gas is measured. [m3 mol-1]"""
    if site.has_cell(gas):
        ends = [mean[name] for name in CELL[2:] if name in mean]
        T = mean.get("t_cell", float(np.mean(ends)) if ends else air.T)
        P = mean.get("p_cell", air.P)
        if levels.TEMPERATURE[0] < T < levels.TEMPERATURE[1] + 30.0 and 1e3 < P < 1.2e5:
            return SI.R * T / P
    return SI.R * air.T / air.P


def _level(name: str, value: float, site: Site) -> levels.Level:
    return levels.Level(f"columns.{name}", value, site.columns[name].unit)


def doubts_of_sampling(path: Path, site: Site, plan: ArchivePlan, records: int = 0) -> list[Doubt]:
    """Return what the stamps and the number of records of a file, and the begins of all files, tell."""
    from fluxkit.raw.inspection import inspect

    raw = site.raw
    starts = {source.start for day in plan.days if day.site is site for source in day.sources}
    by_files = list(sampling.rate_doubts(records, raw.rate, np.array(sorted(starts), "M8[ns]")))
    try:
        found = inspect(path, raw.format)
    except ReadError:  # its format does not describe itself, or it is no file to read
        return by_files
    if raw.file_time != "records" or found.rate is None:
        return by_files
    rate = found.rate
    if records > 2 and found.first is not None and found.last is not None and found.last > found.first:
        # Stamps that are coarser than the records, two to a stamp, tell a rate only together.
        rate = max(rate, (records - 1) / float((found.last - found.first) / np.timedelta64(1, "s")))
    told = list(sampling.spacing_doubts(1.0 / rate, raw.rate)) or by_files
    if not told and found.first is not None and found.last is not None:
        minutes = site.condense.period
        told += sampling.stamp_doubts(found.first, found.last, raw.rate, minutes, raw.sample_time_is)
    return told


#: Checks that speak of a column only where no other one does: what they see has its cause there.
_WEAK = ("names", "vapour", "odd_air", "lost")


def one_each(doubts: Iterable[Doubt]) -> list[Doubt]:
    """Return doubts once each, and of a column of which several rooms speak the one that names most.

    Levels name the unit that would fit, so what counts of samples, names of columns or a hygrometer tell of
    the same column says no more.
    """
    found = list(dict.fromkeys(doubts))
    kept = [doubt for doubt in found if doubt.check not in _WEAK]
    for check in _WEAK:
        named = {key for doubt in kept for key in _keys(doubt.sentence)}
        kept += [doubt for doubt in found if doubt.check == check and not named & _keys(doubt.sentence)]
    return sorted(kept, key=found.index)


def _keys(sentence: str) -> set[str]:
    """Return the columns that a doubt is about: those before its first colon."""
    return set(re.findall(r"(?:biomet\.)?columns\.\w+", sentence.split(": ")[0]))


def assumed(site: Site) -> Iterator[str]:
    """Yield what is not measured, and what that does to the quality of every flux; no doubt, but a fact."""
    slow = site.biomet.columns if site.biomet.given else {}
    given = {
        "pressure_assumed": ("p_air", "no pressure is measured: it is taken from the altitude"),
        "temperature_assumed": ("t_air", "no air temperature is measured: it is taken from the sonic"),
    }
    for reason, (name, words) in given.items():
        if name not in site.columns and name not in slow and site.decide.actions.get(reason) == "advise":
            yield (
                f"{words} (columns.{name}, biomet.columns.{name}); so no flux is better than doubtful "
                f"(<FLUX>_QC 1), unless decide.policy.{reason} = 'ignore'"
            )


def doubts_before(job: Job, plan: ArchivePlan) -> list[Doubt]:
    """Return what the configuration and the plan of its files tell."""
    site = job.site
    found = [
        doubt
        for each in {id(day.site): day.site for day in plan.days}.values()
        for doubt in doubts_of_site(each)
    ]
    rates = sorted({day.site.raw.rate for day in plan.days})
    if site.raw.rate not in rates and not site.changes:
        found += sampling.spacing_doubts(1.0 / rates[0], site.raw.rate)
    return found


def doubts_of_sources(site: Site, plan: ArchivePlan) -> Iterator[Doubt]:
    """Yield the further sources that have no file of the time of the raw files."""
    for source in site.sources:
        if not any(beside.id == source.id and beside.sources for day in plan.days for beside in day.beside):
            words = "none of its files is of the time of the raw files: check its files and clock"
            yield Doubt("tables", f"sources.{source.id}: {words}")


def has_tables(site: Site) -> bool:
    """Whether decisions use tables beside the raw files."""
    return site.biomet.given or "profile" in {site.decide.storage, *site.schemes.get("storage", [])}


def mean_of(x: Array) -> float:
    """Return the mean of what is there."""
    good = x[np.isfinite(x)]
    return float(good.mean()) if good.size else np.nan
