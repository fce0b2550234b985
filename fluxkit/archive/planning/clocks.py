"""What the heads of all files tell of their clocks together: the order of day and month, the zone of stamps.

01/07/2024 may be in January or in July; 13/07/2024 cannot. What one file proves holds for all of them, so
that no file is read by a guess of its own.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from fluxkit.archive.planning.index import Index, layout_digest
from fluxkit.errors import ReadError
from fluxkit.raw.layout import Layout
from fluxkit.raw.reading import layout_of
from fluxkit.raw.registry import reader
from fluxkit.raw.signature import Signature, dates_of_whole
from fluxkit.raw.text.date_order import DateOrder, shown_words
from fluxkit.site.models import Site
from fluxkit.site.sections.changes import CLOCK
from fluxkit.site.tables import view
from fluxkit.site.variants import variants

logger = logging.getLogger(__name__)

#: Files that are read whole to find a day beyond 12 that none of their heads has.
_MOST_WHOLE = 200


def with_date_order(
    site: Site, base: Path, index: Index, without: Collection[Path] = ()
) -> tuple[Site, list[str]]:
    """Return a site that says how dates are written, and what is to be told of the clocks.

    Parameters
    ----------
    site : Site
        The configuration. Where ``day_first`` is given, it holds.
    base : pathlib.Path
        What relative patterns are relative to.
    index : Index
        What was learnt of the files before; what is new goes into it.
    without : collection of pathlib.Path, optional
        Files to leave alone.

    Returns
    -------
    Site
        With ``day_first`` of [raw] and of further sources where their dates leave a choice.
    list of str
        Sentences on what was guessed, contradicts itself, or differs from the configuration.
    """
    told: list[str] = [
        change.description for change in site.changes if change.raw.keys() == {CLOCK} and not change.moves
    ]
    seen: dict[Path, Signature] = {}
    layout = layout_of(site)
    for variant in variants(site):
        if variant.site.raw.day_first is None:
            layout = layout_of(variant.site)
            seen |= _seen(index.files(variant.site, base), layout, index, without)
    changed: dict[str, Any] = {}
    order = _order(seen, layout, "raw", told)
    if order is not None:
        changed["raw"] = site.raw.model_copy(update={"day_first": order})
    told += _zones(seen, site, "raw")
    sources = []
    for source in site.sources:
        own = view(site, source.id)
        files = _seen(index.files(own, base), layout_of(own), index, without)
        order = None if source.day_first is not None else _order(files, layout_of(own), source.id, told)
        told += _zones(files, own, source.id)
        sources.append(source if order is None else source.model_copy(update={"day_first": order}))
    if sources != list(site.sources):
        changed["sources"] = sources
    return (site.model_copy(update=changed) if changed else site), told


def _seen(
    paths: Iterable[Path], layout: Layout, index: Index, without: Collection[Path]
) -> dict[Path, Signature]:
    if reader(layout.format).dialect is None:
        return {}
    files = [path for path in paths if path not in without]
    found = index.signatures(files, layout_digest(layout), layout)
    return {path: signature for path, signature in found.items() if signature is not None}


def _order(seen: Mapping[Path, Signature], layout: Layout, name: str, told: list[str]) -> bool | None:
    """Return whether dates have the day first; None where no date leaves the choice."""
    dates = {path: signature.dates for path, signature in seen.items() if signature.dates.first > 0}
    if not dates:
        return None
    proofs = {path: entry for path, entry in dates.items() if entry.shown is not None}
    if not proofs:
        proofs = _proof_inside(dates, layout)
    key = "raw.day_first" if name == "raw" else f"day_first of source {name!r}"
    by_day = [path for path, entry in proofs.items() if entry.shown]
    by_month = [path for path in proofs if path not in by_day]
    usual = next(iter(dates.values())).usual
    if by_day and by_month:
        first = usual if len(by_day) == len(by_month) else len(by_day) > len(by_month)
        told.append(
            f"dates have the day first in {len(by_day)} files ({_proved(by_day[0], proofs)}), the month in "
            f"{len(by_month)} ({_proved(by_month[0], proofs)}): the {_word(first)} is taken to be first, and "
            f"files that show the other order are left out; set {key}, where it changes in [[changes]]"
        )
        return first
    if proofs:
        path, entry = next(iter(proofs.items()))
        logger.info("%s: %s; all files are read so", path, shown_words(entry))
        return bool(by_day)
    examples = [(path, entry.example) for path, entry in dates.items() if entry.example]
    if not examples:  # the 7th of July, and no other day
        return None
    told.append(
        f"no date shows whether the day or the month is first ({examples[0][1]} in {examples[0][0]}): the "
        f"{_word(usual)} is taken to be first; set {key} = true if it is the day, else false"
    )
    return usual


def _proof_inside(dates: Mapping[Path, DateOrder], layout: Layout) -> dict[Path, DateOrder]:
    """Look for a day beyond 12 behind the heads of files; one is enough."""
    if len(dates) > _MOST_WHOLE:
        return {}
    for path in dates:
        try:
            found = dates_of_whole(path, layout)
        except ReadError:  # told by the reader
            continue
        if found.shown is not None:
            return {path: found}
    return {}


def _proved(path: Path, proofs: Mapping[Path, DateOrder]) -> str:
    entry = proofs[path]
    return f"a {entry.first if entry.shown else entry.second} in {path}"


def _word(day_first: bool) -> str:
    return "day" if day_first else "month"


def _zones(seen: Mapping[Path, Signature], site: Site, name: str) -> list[str]:
    """Say that stamps name another zone than the configuration."""
    layout = layout_of(site)
    offsets = {layout.utc_offset_h, *(offset for _, offset in layout.offset_changes)}
    other = {p: s.zones for p, s in seen.items() if any(zone / 60.0 not in offsets for zone in s.zones)}
    if not other:
        return []
    path, zones = next(iter(other.items()))
    named = ", ".join(f"UTC{zone / 60.0:+g} h" for zone in zones)
    where = "[raw]" if name == "raw" else f"source {name!r}"
    return [
        f"stamps of {len(other)} files of {where} name their zone, {named} in {path}: it is used, not "
        f"utc_offset_h = {layout.utc_offset_h:g}"
    ]
