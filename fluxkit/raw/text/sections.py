"""Headers inside a text file, as where files were joined: each begins a stretch of its own names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fluxkit.raw.joined import Match, matching
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.text.header import Header, decode, split_fields, width_of
from fluxkit.raw.text.table import Lines

#: What begins a file of Campbell's tables, within a line as well: a line before it may be cut.
_MARKS = (b'"TOA5",', b"TOA5,")
#: Share of the first header's names that a line must hold to be one of names.
_SHARE = 0.5


@dataclass(frozen=True)
class Section:
    """Records below one header."""

    lines: Lines  #: of the file up to the section's end
    header: Header
    match: Match  #: its columns, in the order of the first header


def sections_of(
    lines: Lines, header: Header, mark: str | None, names_row: int, log: ProblemLog
) -> list[Section]:
    """Find the stretches of a file below each of its headers.

    Parameters
    ----------
    lines : Lines
        The file.
    header : Header
        Its first header.
    mark : str or None
        Character between fields, None for runs of blanks.
    names_row : int
        Header line with the names, 1 = first.
    log : ProblemLog
        Receives what a later header lacks.

    Returns
    -------
    list of Section
        Empty if there is no header but the first.
    """
    data = lines.content.data
    names = header.rows[names_row - 1]
    spans = list(_spans(data, header, names, mark, names_row))
    if not spans:
        return []
    headers = [(header.rows, header.body)]
    for begin, end in spans:
        rows = tuple(tuple(split_fields(decode(row), mark)) for row in data[begin:end].split(b"\n")[:-1])
        headers.append((rows, end))
    ends = [begin for begin, _ in spans] + [len(data)]
    told, found = [], []
    for (rows, body), end in zip(headers, ends, strict=True):
        if end <= body:
            continue
        at = _names_at(rows, names)
        before = data.count(b"\n", 0, body)
        width = width_of(data[:end], body, mark) or len(rows[at])
        told.append((rows[at], rows[at + 1] if at + 1 < len(rows) else (), before + 1))
        head = Header(((),) * before, rows[at], max(width, 1), body)
        found.append((_part(lines, end), head))
    matches = matching([(n, u) for n, u, _ in told], [line for _, _, line in told], log)
    return [Section(part, head, match) for (part, head), match in zip(found, matches, strict=True)]


def _part(lines: Lines, end: int) -> Lines:
    data = lines.content.data
    if end == len(data):
        return lines
    whole = data[end - 1 : end] == b"\n"
    kept = data[:end] if whole else data[:end] + b"\n"
    return Lines(Contents(lines.content.source, kept), cut=not whole)


def _names_at(rows: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    return max(range(len(rows)), key=lambda k: len(set(rows[k]) & set(names)))


def _spans(
    data: bytes, header: Header, names: Sequence[str], mark: str | None, names_row: int
) -> Iterator[tuple[int, int]]:
    """First byte of each further header, and the one behind it."""
    done = header.body
    for at in sorted(set(_candidates(data, header, names, mark))):
        if at < done:
            continue
        span = _span(data, at, names, mark, len(header.rows), names_row)
        if span is not None and span[0] >= done:
            done = span[1]
            yield span


def _candidates(data: bytes, header: Header, names: Sequence[str], mark: str | None) -> Iterator[int]:
    """Places where a header may begin or have its names."""
    for text in _MARKS:
        yield from _all(data, text, header.body)
    first = data[: data.find(b"\n") + 1].strip()
    if len(first) > 1:  # repeated as it is
        yield from _all(data, first, header.body)
    for name in sorted({name for name in names if name}, key=len)[-3:]:
        for at in _all(data, name.encode(), header.body):
            yield data.rfind(b"\n", 0, at) + 1


def _all(data: bytes, text: bytes, begin: int) -> Iterator[int]:
    at = data.find(text, begin)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


def _span(
    data: bytes, at: int, names: Sequence[str], mark: str | None, rows: int, names_row: int
) -> tuple[int, int] | None:
    # A candidate is the first line of a header, or the line of names itself.
    marked = data.startswith(_MARKS, at)
    lines = _lines(data, at, rows)
    found = next(
        (k for k, line in enumerate(lines) if _is_names(line, names, mark, marked and k == names_row - 1)), -1
    )
    if found < 0:
        return None
    begin = at
    for _ in range(0 if marked else names_row - 1 - found):  # lines above the names, unless they are records
        before = data.rfind(b"\n", 0, begin - 1) + 1
        if _is_record(data[before:begin], mark):
            break
        begin = before
    end = at + sum(map(len, lines[: found + 1]))
    for line in lines[found + 1 : found + 1 + rows - names_row]:
        if _is_record(line, mark):
            break
        end += len(line)
    return begin, end


def _lines(data: bytes, at: int, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        end = data.find(b"\n", at) + 1
        if end <= 0:
            break
        found.append(data[at:end])
        at = end
    return found


def _is_names(line: bytes, names: Sequence[str], mark: str | None, any_of_them: bool) -> bool:
    fields = split_fields(decode(line.strip()), mark)
    held = len(set(fields) & {name for name in names if name})
    texts = sum(not _number(field) for field in fields)
    enough = 1 if any_of_them else max(1.0, _SHARE * len({name for name in names if name}))
    return held >= enough and 2 * texts > len(fields)


def _is_record(line: bytes, mark: str | None) -> bool:
    fields = [field for field in split_fields(decode(line.strip()), mark) if field]
    return len(fields) > 1 and 2 * sum(map(_number, fields)) >= len(fields)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
