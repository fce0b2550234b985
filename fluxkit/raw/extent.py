"""When the samples of a file begin and how many slots they fill, where its first and last lines tell it."""

from pathlib import Path

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.reading import read
from fluxkit.raw.registry import reader
from fluxkit.raw.samples import Samples
from fluxkit.raw.text.delimited import delimited_samples

#: Lines that are read of either end, and the fewest of a file for which that is worth it.
_LINES, _FEWEST = 64, 1000
_LINE_FEED = 10


def extent(path: str | Path, layout: Layout) -> tuple[np.datetime64, int]:
    """Return the start of a file's samples, UTC, and the number of slots, as `fluxkit.raw.reading.read` does.

    Of a text with as many lines as there are slots between the stamps of the first and of the last one, the
    lines between are not read: a tenth of the time.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    layout : Layout
        How it is laid out.

    Raises
    ------
    ReadError
        Nothing of the file is usable.
    """
    samples = _of_both_ends(path, layout) or read(path, layout)
    return samples.start, samples.size


def _of_both_ends(path: str | Path, layout: Layout) -> Samples | None:
    """Samples of a text's first and last lines, with nothing between; None if these leave a doubt."""
    form = reader(layout.format)
    if form.dialect is None or layout.file_time != "records" or layout.offset_changes:
        return None
    try:
        content = contents(path)
        layout = form.dialect(content, layout)
        ends, lines = _both_ends(content, layout.header_rows)
        samples = delimited_samples(ends, layout) if lines >= _FEWEST else None
    except ReadError:  # the whole file may hold more, or tells what is wrong
        return None
    if samples is None or samples.size != lines or samples.records != 2 * _LINES:
        return None
    return samples


def _both_ends(content: Contents, header_rows: int) -> tuple[Contents, int]:
    """Header, first and last lines of a text, and the number of its lines below the header; 0 of odd ones."""
    data, body = content.data, 0
    for _ in range(header_rows):
        body = data.find(b"\n", body) + 1 or len(data)
    lines = int(np.count_nonzero(np.frombuffer(data, np.uint8)[body:] == _LINE_FEED))
    if lines < _FEWEST or content.truncated or not data.endswith(b"\n") or b"\0" in data:
        return content, 0
    first, last = body, len(data) - 1
    for _ in range(_LINES):
        first, last = data.index(b"\n", first) + 1, data.rindex(b"\n", 0, last)
    return Contents(content.source, data[:first] + data[last + 1 :]), lines
