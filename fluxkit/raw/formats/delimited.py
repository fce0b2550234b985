"""Delimited text: one record per line, laid out as the configuration says."""

from fluxkit.raw.opening import HEAD_BYTES
from fluxkit.raw.reader import Reader, deferred
from fluxkit.raw.text.structure import structure_of


def sniff(head: bytes) -> bool:
    """Whether these bytes are lines of fields, most of them numbers."""
    return structure_of(head, whole=len(head) < HEAD_BYTES) is not None


READER = Reader(
    "delimited",
    sniff,
    dialect=lambda content, layout: layout,
    general=True,
    series=deferred("fluxkit.chamber.analysers.tables:series"),
    what="any text with one record per line and a delimiter, or white space",
    times="a column of time stamps, or the file name",
)
