"""What happens to raw files on their way: pieces lost, doubled or never written, files joined, clocks set."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.fuzz.planted import NAMES, N, Planted

#: What is lost, doubled or overwritten at a time. [bytes]
_LONGEST = 4096
_SECTOR = 512


@dataclass(frozen=True)
class Worn:
    """A file as it is found."""

    kind: str
    data: bytes
    told: bool = True  #: a loss can be seen in what is left
    slack: int = 0  #: slots by which records without stamps may have moved
    clock: tuple[int, int] | None = None  #: record from which on the stamps are moved, and by how many slots
    glued: frozenset[int] = frozenset()  #: records that a line of two halves may pass for
    whole: bool = False  #: nothing is lost


def lost(sound: Planted, rng: Random) -> Worn:
    """A block is not there."""
    at, size = _piece(sound, rng)
    return _edited(sound, "lost", at, at + size, b"", at + size)


def doubled(sound: Planted, rng: Random) -> Worn:
    """A block is there twice."""
    at, size = _piece(sound, rng)
    return _edited(sound, "doubled", at + size, at + size, sound.data[at : at + size], at)


def blank(sound: Planted, rng: Random) -> Worn:
    """Sectors were never written: the size is right, and they hold one value."""
    size = _SECTOR * rng.randint(1, 6)
    at = rng.randrange(sound.body, len(sound.data) - size)
    fill = rng.choice((b"\0", b"\0", b"\xff"))
    # Of lines without stamps nothing tells how many stood there.
    slack = size // 20 + 2 if not (sound.record or sound.stamped) else 0
    return Worn("blank", sound.data[:at] + fill * size + sound.data[at + size :], slack=slack)


def unwritten(sound: Planted, rng: Random) -> Worn:
    """Space is reserved behind the last record that was written."""
    at = rng.randrange(sound.body + 2 * sound.record + 1, len(sound.data) - max(128, 3 * sound.record))
    fill = rng.choice((b"\0", b"\xff"))
    if sound.name in ("tob3", "tob2"):  # whole frames that were allocated and never written are no loss
        at += 20 - (at - sound.body) % sound.record if (at - sound.body) % sound.record < 20 else 0
    return Worn("unwritten", sound.data[:at] + fill * (len(sound.data) - at))


def ended(sound: Planted, rng: Random) -> Worn:
    """It breaks off."""
    at = rng.randrange(sound.body + 1, len(sound.data))
    if sound.container:
        return Worn("ended", sound.data[:at])
    # A last line without an end that has all its fields is a whole one, for all that can be seen.
    if not sound.record and sound.layout is not None and sound.codes != ("utf-8",):
        whole = not sound.data[at:].partition(b"\n")[0].strip()
        return Worn("ended", sound.data[:at], told=not (whole or _between(sound, at)))  # decimals tell
    told = not _between(sound, at) and not (not sound.record and _passes(sound, at, len(sound.data)))
    return Worn("ended", sound.data[:at], told=told, glued=_lines_at(sound, at))


def joined(sound: Planted, rng: Random) -> Worn:
    """Two files one behind the other, the first perhaps without its last bytes, with other columns."""
    n, gap, gone = rng.randint(30, N - 60), rng.choice((0, 0, 25)), rng.choice((0, 0, rng.randint(1, 60)))
    names = _order(sound, rng)
    one, two = sound.write(slice(0, n), NAMES, 0), sound.write(slice(n + gap, N), names, 0)
    if rng.random() < 0.2 and sound.stamped:
        one, two = two, one
    # Of records without stamps nothing tells that some are missing between.
    slack = 0 if sound.stamped else gap + gone // max(sound.record, 8) + 2
    at = len(one) - gone
    glued = (
        frozenset(range(n - 4, n + 1)) | frozenset({N - 2, N - 1})
        if not sound.record and gone
        else frozenset()
    )
    whole = not gone and not gap and set(names) >= set(NAMES) and sound.named
    return Worn(
        "joined",
        one[:at] + two,
        told=gone % max(sound.record, 1) > 0
        or bool(gone and not sound.record and one[at - 1 : at] != b"\n" and _ends_short(sound, one[at:])),
        slack=slack,
        glued=glued,
        whole=whole,
    )


def headed(sound: Planted, rng: Random) -> Worn:
    """A header stands inside, at the end of a record or within one."""
    at = rng.randrange(sound.body + (0 if sound.stamped else 20 * sound.record), len(sound.data))
    between = rng.random() < 0.6
    if between and sound.record:
        at = sound.body + (at - sound.body) // sound.record * sound.record
    elif between:
        at = sound.data.rfind(b"\n", 0, at) + 1
    head = sound.data[: sound.body]
    slack = 0 if sound.named else 2 + len(head) // max(sound.record, 1)
    return Worn(
        "headed", sound.data[:at] + head + sound.data[at:], told=not between, slack=slack or 1,
        glued=_lines_at(sound, at),
    )  # fmt: skip


def glued(sound: Planted, rng: Random) -> Worn:
    """The beginning of a line goes on with the end of a later one."""
    lines = _starts(sound)
    a = rng.randrange(len(lines) - 1)
    b = min(a + rng.choice((1, 1, 1, 2, 3, 40)), len(lines) - 1)
    ends = [*lines[1:], len(sound.data)]
    first = rng.randrange(lines[a], ends[a])
    last = rng.randrange(lines[b], ends[b]) if rng.random() < 0.7 else lines[b]
    return _edited(sound, "glued", first, last, b"", last)


def widened(sound: Planted, rng: Random) -> Worn:
    """From a record on there is a column more, or less, and no header says so."""
    head, body = sound.data[: sound.body], sound.data[sound.body :]
    lines = re.split(rb"(?<=\n)", body)[:-1]
    at, more = rng.randrange(12, len(lines) - 12), rng.random() < 0.5
    place = rng.randrange(len(lines[0].split(sound.mark)) + 1) if rng.random() < 0.6 else -1
    for k in range(at, len(lines)):
        end = lines[k][len(lines[k].rstrip()) :]
        cells = lines[k].rstrip().split(sound.mark)
        where = len(cells) if place < 0 else min(place, len(cells))
        if more:
            cells.insert(where, b"%d.5" % (k % 7))
        else:
            del cells[min(where, len(cells) - 1)]
        lines[k] = sound.mark.join(cells) + end
    return Worn("widened", head + b"".join(lines), told=at < len(lines))


def respelled(sound: Planted, rng: Random) -> Worn:
    """The same text in another code, with other ends of lines."""
    text = sound.data.replace(b"\r\n", b"\n").decode(sound.codes[0])
    ends = rng.choice(("\n", "\r\n", "\r\n", "\r", "\r\r\n"))
    code = rng.choice(sound.codes)
    mark = "\ufeff" if code == "utf-16-be" else ""
    return Worn("respelled", (mark + text.replace("\n", ends)).encode(code), whole=True)


def reset(sound: Planted, rng: Random) -> Worn:
    """The clock was set while the file was written."""
    n, shift = rng.randint(30, N - 30), rng.choice((-1, 1)) * rng.choice((10, 25, 300, 36_000))
    two = sound.write(slice(n, N), NAMES, shift)
    body = len(sound.write(slice(n, N), NAMES, 0)) - (
        len(sound.data) - len(sound.write(slice(0, n), NAMES, 0))
    )
    one = sound.write(slice(0, n), NAMES, 0)
    return Worn("reset", one + two[body:], told=shift < 0, clock=(n, shift))


#: Whatever the format.
OF_ALL: tuple[Callable[[Planted, Random], Worn], ...] = (
    lost,
    doubled,
    blank,
    unwritten,
    ended,
    joined,
    headed,
)
OF_TEXT = (*OF_ALL, glued, glued, widened, respelled)
#: Of libraries' files.
OF_CONTAINERS = (lost, doubled, blank, unwritten, ended)


def worn(sound: Planted, number: int) -> Worn:
    """Return the file of a number: the same for ever."""
    rng = Random(f"{sound.name} {number}")
    if sound.container:
        return OF_CONTAINERS[number % len(OF_CONTAINERS)](sound, rng)
    kinds = OF_ALL if sound.record else OF_TEXT
    if sound.clocked and sound.stamped and sound.name not in ("netcdf", "tob3", "tob2"):
        kinds = (*kinds, reset)
    if sound.name == "netcdf":
        kinds = tuple(kind for kind in kinds if kind not in (headed, joined, doubled))
    return kinds[number % len(kinds)](sound, rng)


def _piece(sound: Planted, rng: Random) -> tuple[int, int]:
    """Where a block begins, and its bytes: often sectors."""
    size = rng.choice((rng.randint(1, 60), rng.randint(1, _LONGEST), _SECTOR, _LONGEST))
    # What is in step is learnt from the first records, if no stamp tells it.
    first = sound.body + (sound.record if sound.stamped else 20 * sound.record)
    at = rng.randrange(first, len(sound.data) - size)
    if size % _SECTOR == 0 and rng.random() < 0.7:
        at = max(at // _SECTOR * _SECTOR, first)
    return at, size


def _edited(sound: Planted, kind: str, begin: int, end: int, new: bytes, behind: int) -> Worn:
    """A piece is gone or more; ``behind`` is where in the sound file it goes on after the seam."""
    size = max(end - begin, len(new))
    if sound.container:
        data = sound.data[:begin] + new + sound.data[end:]
        if sound.name == "smart-chamber" and b"\n" not in sound.data[begin:end] + new:
            # Within a number that stands alone in its line: the digits that are left are one, too.
            here = sound.data.count(b"\n", sound.data.rfind(b"[", 0, begin), begin) - 1
            return Worn(kind, data, told=False, glued=frozenset({here}))
        return Worn(kind, data)
    if sound.record:
        whole = (begin - sound.body) % sound.record == (behind - sound.body) % sound.record
        slack = size // sound.record + 2
        # A record of two halves is one, for all that records without stamps tell.
        edge = frozenset({begin // sound.record}) if not sound.stamped else frozenset()
    else:
        whole = (_between(sound, begin) and _between(sound, behind)) or _passes(sound, begin, behind)
        slack = size // 20 + 2
        edge = _lines_at(sound, begin) | _lines_at(sound, behind)
        followed = 0 < sound.data.find(b"\n", behind) + 1 < len(sound.data)
        if sound.stamped and sound.layout is not None and b"\n" in sound.data[begin:behind] and followed:
            edge = frozenset()  # the stamp or number of the next one tells that others are missing
    data = sound.data[:begin] + new + sound.data[end:]
    return Worn(kind, data, told=not whole, slack=0 if sound.stamped else slack, glued=edge)


def _ends_short(sound: Planted, gone: bytes) -> bool:
    """Whether a line without its last bytes shows it: of analysers' lines, without one field at least."""
    return bool(gone.strip(b'\r\n" ')) if sound.layout is not None else sound.mark in gone.strip()


def _passes(sound: Planted, begin: int, behind: int) -> bool:
    """Whether the line of two halves has as many fields as any: nothing tells it from a record."""
    left = sound.data[sound.data.rfind(b"\n", 0, begin) + 1 : begin]
    end = sound.data.find(b"\n", behind)
    whole = sound.data[sound.body : sound.data.find(b"\n", sound.body)]
    line = left + sound.data[behind : len(sound.data) if end < 0 else end]
    mark = None if sound.mark == b" " else sound.mark
    return len(line.split(mark)) == len(whole.split(mark))


def _between(sound: Planted, at: int) -> bool:
    """Whether a place is at the end of a record."""
    if sound.record:
        return (at - sound.body) % sound.record == 0
    return sound.data[at - 1 : at] == b"\n" or sound.data[at : at + 2].lstrip(b"\r")[:1] in (b"\n", b"")


def _starts(sound: Planted) -> list[int]:
    return [
        sound.body,
        *(m.end() for m in re.finditer(rb"\n", sound.data[: len(sound.data) - 1]) if m.end() > sound.body),
    ]


def _lines_at(sound: Planted, at: int) -> frozenset[int]:
    """Records of text on both sides of a place."""
    if sound.record:
        return frozenset()
    here = sound.data.count(b"\n", sound.body, at)
    return frozenset({here})


def _order(sound: Planted, rng: Random) -> tuple[str, ...]:
    """Columns of a later file, where it says them."""
    names = list(NAMES)
    if sound.named and rng.random() < 0.6:
        rng.shuffle(names)
        if rng.random() < 0.4:
            names.remove("CO2")
    return tuple(names)
