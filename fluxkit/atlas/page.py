"""The atlas: one page to look into, without any address."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.atlas.climate import (
    TREND_YEARS,
    Months,
    Normal,
    Trend,
    months_of,
    normal_of,
    trend_of,
    word_of,
)
from fluxkit.atlas.figures import COLOURS, around_zero, courses, grid, number
from fluxkit.atlas.stations import SHOWN, Station, read_stations, unit_of
from fluxkit.errors import NoInputError
from fluxkit.locations import location
from fluxkit.report import style
from fluxkit.report.html import put_page
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import (
    Clock,
    Column,
    Diurnal,
    Figure,
    Fingerprint,
    Lines,
    Section,
    Series,
    Static,
    Table,
    Words,
)
from fluxkit.schema import provenance

Array = npt.NDArray[np.float64]

#: Values that a page carries at most; what is more is left to be asked for.
MOST_VALUES = 12_000_000


def atlas(sources: Sequence[str | Path], out: str | Path, *, variables: Sequence[str] = ()) -> Path:
    """Write a page on years and stations side by side.

    Parameters
    ----------
    sources : sequence of path
        As of `fluxkit.atlas.stations.read_stations`.
    out : path
        File to make, ``.html``, or a folder to put ``atlas.html`` into.
    variables : sequence of str, optional
        What is shown; by default the first eight of ``SHOWN`` that are there.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ReadError, NoInputError
        A source cannot be read; or nothing of what is asked for is in any.
    """
    target = location(out)
    target = target if target.suffix in (".html", ".htm") else target / "atlas.html"
    put_page(render(read_stations(sources, variables)), target)
    return target


def render(stations: Sequence[Station]) -> str:
    """Return the page of stations.

    Raises
    ------
    NoInputError
        They have records of several lengths, or too many of them.
    """
    names = [name for name in dict.fromkeys(n for s in stations for n in s.values)]
    names.sort(key=lambda name: SHOWN.index(name) if name in SHOWN else len(SHOWN))
    months = {
        name: [(s, months_of(s.values[name], s.times, s.step_s)) for s in stations if name in s.values]
        for name in names
    }
    clock, columns = _columns(stations, names)
    return render_page(
        WebPage(
            title=_title(stations),
            lead=[_lead(stations, clock)],
            tiles=_tiles(stations, months),
            sections=[
                _years(months, len(stations) > 1),
                _normals(months),
                _trends(months),
                *_over_time(stations, names),
                _inputs(stations),
            ],
            clock=clock,
            columns=columns,
            footer=f"Made by fluxkit {provenance.versions()['fluxkit']}.",
        )
    )


def _columns(stations: Sequence[Station], names: Sequence[str]) -> tuple[Clock, dict[str, Column]]:
    """Lay the values of all stations on one clock: each by its own local standard time."""
    steps = {station.step_s for station in stations}
    if len(steps) > 1:
        told = ", ".join(f"{s.site} {s.step_s:g} s" for s in stations)
        raise NoInputError(f"records of several lengths cannot stand side by side: {told}")
    step = steps.pop()
    begin: np.datetime64 = min(station.start for station in stations)
    end = max(station.times[-1] for station in stations)
    count = int((end - begin) / np.timedelta64(round(step), "s")) + 1
    if sum(x.size for station in stations for x in station.values.values()) > MOST_VALUES:
        raise NoInputError(f"more than {MOST_VALUES} values: give fewer variables (--variable) or stations")
    columns = {}
    for name in names:
        for station in stations:
            if name in station.values:
                whole = np.full(count, np.nan)
                at = int((station.start - begin) / np.timedelta64(round(step), "s"))
                whole[at : at + station.values[name].size] = station.values[name]
                label = name if len(stations) == 1 else f"{name} {station.site}"
                columns[_key(name, station)] = Column(whole, label, style.units(_plain(unit_of(name))))
    return Clock(
        begin, step, count, "local standard time" + (" of each station" if len(stations) > 1 else "")
    ), columns


def _key(name: str, station: Station) -> str:
    return f"{name} {station.site}"


def _plain(unit: str) -> str:
    return "" if unit == "1" else unit


def _title(stations: Sequence[Station]) -> str:
    first, last = (
        str(f(t))[:4]
        for f, t in ((min, [s.times[0] for s in stations]), (max, [s.times[-1] for s in stations]))
    )
    sites = ", ".join(station.site for station in stations[:4]) + (" …" if len(stations) > 4 else "")
    return f"Atlas of {sites}, {first if first == last else f'{first} to {last}'}"


def _lead(stations: Sequence[Station], clock: Clock) -> str:
    count = f"{len(stations)} station{'s' if len(stations) > 1 else ''}"
    return f"{count}, records of {clock.step_s / 60:g} min, {clock.zone}"


_Found = dict[str, list[tuple[Station, Months]]]


def _tiles(stations: Sequence[Station], months: _Found) -> list[tuple[str, str]]:
    years = sum(int(np.isfinite(m.annual).sum()) for _, m in next(iter(months.values())))
    first = next(iter(months))
    share = np.mean([np.isfinite(s.values[first]).mean() for s in stations if first in s.values])
    return [
        (str(len(stations)), "stations" if len(stations) > 1 else "station"),
        (str(len(months)), "variables"),
        (str(years), f"station-years with a mean of {first}"),
        (f"{100 * share:.0f} %", f"of the records with {first}"),
    ]


def _label(name: str) -> str:
    unit = style.units(_plain(unit_of(name)))
    return f"{name} ({unit})" if unit else name


def _years(months: _Found, several: bool) -> Section:
    parts: list[Figure] = []
    for name, found in months.items():
        rows = [(station.site if several else "", m) for station, m in found]
        shares = [f"{station.site} {100 * m.annual_share.mean():.0f} %" for station, m in found]
        parts.append(Words([f"Share of the records that are there: {', '.join(shares)}."], _label(name)))
        parts.append(
            Static(grid(rows, _label(name)), f"{_label(name)} by year and month; the numbers are below.")
        )
        head = ["station", "year", *(str(k) for k in range(1, 13)), "year's mean", "records"]
        table = [
            [s.site, str(year), *map(number, mean), number(annual), f"{100 * share:.0f} %"]
            for s, m in found
            for year, mean, annual, share in zip(m.years, m.mean, m.annual, m.annual_share, strict=True)
        ]
        parts.append(Table(head, table, range(2, 16), folded=f"Numbers of {name}"))
    caption = (
        "Mean of each month from its mean course of the day, so that gaps do not weigh on their hour; "
        "pale where less than nine tenths of the times of day are known. A year's mean needs all its months."
    )
    return Section("Year by month", parts, caption)


def _normals(months: _Found) -> Section:
    parts: list[Figure] = []
    for k, (name, found) in enumerate(months.items()):
        rows = [(station.site, m, normal_of(m)) for station, m in found]
        if not any(np.isfinite(normal.mean).any() for _, _, normal in rows):
            continue
        rows = [row for row in rows if np.isfinite(row[2].mean).any()]
        words = "; ".join(f"{site}: {word_of(_most(normal))}" for site, _, normal in rows)
        parts.append(Words([f"{words}."], _label(name)))
        drawn = courses(rows, _label(name))
        parts.append(Static(drawn.svg(f"course_{k}"), f"Course of {name} over the year: {words}."))
        table = [
            [site, str(m + 1), number(normal.mean[m]), number(normal.spread[m]), str(normal.count[m])]
            for site, _, normal in rows
            for m in range(12)
            if normal.count[m]
        ]
        head = ["station", "month", "mean over years", "standard deviation", "years"]
        parts.append(Table(head, table, (1, 2, 3, 4), folded=f"Numbers of {name}"))
    caption = (
        "Thin: years; thick: their mean; shaded: one standard deviation between years. Means of fewer than "
        "ten years are no period averages, of fewer than thirty no normals (WMO-No. 49; WMO-No. 1203, 2017), "
        "and are not called so."
    )
    return Section("Normals", parts, caption)


def _most(normal: Normal) -> int:
    return int(normal.count.max())


def _trends(months: _Found) -> Section:
    rows = []
    for name, found in months.items():
        for station, m in found:
            trend = trend_of(m.years, m.annual)
            rows.append([station.site, _label(name), str(trend.years), *_told(trend)])
    head = [
        "station",
        "annual mean of",
        "whole years",
        "change in ten years",
        "chance without a trend",
        "remark",
    ]
    caption = (
        "Theil and Sen's slope and Mann and Kendall's test (Gilbert 1987, chapters 16.4, 16.5). Below "
        f"{TREND_YEARS} years the trend is withheld: the test's normal approximation begins there, and a few "
        "years show weather. "
        "A change of instruments or of a threshold is a trend too: see the notes."
    )
    return Section("Trends", [Table(head, rows, (2, 3, 4))], caption)


def _told(trend: Trend) -> list[str]:
    if trend.withheld:
        return ["–", "–", f"withheld: {trend.withheld}"]
    return [number(10.0 * trend.slope), f"{trend.chance:.3f}", ""]


def _over_time(stations: Sequence[Station], names: Sequence[str]) -> list[Section]:
    prints: list[Figure] = []
    days: list[Figure] = []
    lines: list[Figure] = []
    for name in names:
        here = [station for station in stations if name in station.values]
        for station in here:
            palette = "diverging" if around_zero(_bulk(station.values[name])) else "sequential"
            prints.append(Fingerprint(_key(name, station), palette))
            days.append(Diurnal(_key(name, station)))
        series = [Series(_key(name, s), COLOURS[k % len(COLOURS)]) for k, s in enumerate(here)]
        lines.append(Lines(series, _label(name), 180))
    return [
        Section("Fingerprints", prints, "Days to the right, hours upwards; grey is missing."),
        Section("Course of the day", days, "Mean by month of all years, with the standard deviation."),
        Section("Through time", lines, "Every record; drag to look closer, click to open one."),
    ]


def _bulk(values: Array) -> Array:
    """Return the values without the outermost hundredth: one odd sign makes no quantity that has both."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.01, 0.99])
    return np.asarray(known[(known >= low) & (known <= high)])


def _inputs(stations: Sequence[Station]) -> Section:
    rows = [[s.site, source] for s in stations for source in s.sources]
    said = [f"{s.site}: {note}" for s in stations for note in s.notes]
    parts: list[Figure] = [Table(["station", "read from"], rows)]
    if said:
        parts.append(Words(said, "What was chosen, converted or assumed in reading"))
    return Section("Inputs", parts)
