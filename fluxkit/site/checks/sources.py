"""Whether further sources and the columns that name them fit."""

from collections.abc import Iterator

from fluxkit.site.sections.reading import SONIC_VARIABLES
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables, columns_of


def source_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find further sources that no column uses, and columns of sources that there are not."""
    ids = tuple(dict.fromkeys(source.id for source in site.sources))
    if len(ids) < len(site.sources):
        yield ConfigProblem(("sources",), f"two sources have the same id; ids are {', '.join(ids)}")
    for name, column in site.columns.items():
        path = ("columns", name, "source")
        if column.source is None:
            continue
        if column.source not in ids:
            message = f"no source has the id {column.source!r}"
            message += "" if ids else "; add [[sources]] with this id"
            yield ConfigProblem(path, message, ids, column.source)
        elif name in SONIC_VARIABLES:
            yield ConfigProblem(
                path, "wind and sonic temperature come from [raw]; make its files those of [raw]"
            )
    for position, source in enumerate(site.sources):
        if not columns_of(site, source.id):
            message = f"no column has source = {source.id!r}: its files would be read for nothing; remove it"
            yield ConfigProblem(("sources", position), message)
