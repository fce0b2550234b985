"""Files of another instrument or logger beside those of ``[raw]``: ``[[sources]]``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from fluxkit.site.sections.reading import SONIC_VARIABLES, Column, Raw

if TYPE_CHECKING:
    from fluxkit.site.models import Site


class FurtherSource(Raw):
    """Which further files to read and how: the keys of [raw], a name and a clock of their own."""

    id: Annotated[str, Field(min_length=1, description="name that columns give as their source")]
    clock_offset_s: Annotated[
        float,
        Field(ge=-86_400, le=86_400, description="seconds that its clock is ahead of that of [raw]'s files"),
    ] = 0.0


def columns_of(site: "Site", source: str | None = None) -> dict[str, Column]:
    """Return the columns of a further source by its id, of [raw] by default."""
    return {name: column for name, column in site.columns.items() if column.source == source}


def view(site: "Site", source: str) -> "Site":
    """Return the site as if a further source were its only one: for reading its files, nothing else.

    Parameters
    ----------
    site : Site
        With this source.
    source : str
        Its id.
    """
    (chosen,) = (entry for entry in site.sources if entry.id == source)
    columns = {
        name: column.model_copy(update={"source": None}) for name, column in columns_of(site, source).items()
    }
    calibration = [entry for entry in site.calibration if entry.variable in columns]
    # Not validated: a station without wind would not do, and need not.
    return site.model_copy(
        update={"raw": chosen, "columns": columns, "calibration": calibration, "changes": [], "sources": []}
    )


def source_problems(site: "Site") -> Iterator[str]:
    """Yield what is wrong with further sources, in sentences."""
    ids = [source.id for source in site.sources]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"sources: two have the id {name!r}"
    for name, column in site.columns.items():
        if column.source is None:
            continue
        if column.source not in ids:
            known = ", ".join(ids) or "none; add [[sources]] with this id"
            yield f"columns.{name}.source: no source has the id {column.source!r}; known: {known}"
        elif name in SONIC_VARIABLES:
            yield f"columns.{name}.source: wind and sonic temperature come from [raw]; make its files those"
    for name in dict.fromkeys(ids):
        if not columns_of(site, name):
            yield f"sources: no column says source = {name!r}: its files would be read for nothing"
