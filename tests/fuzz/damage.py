"""What happens to files, and what should never happen to them: functions of bytes and a source of chance.

The source is a ``random.Random``, or hypothesis's stand-in for one, which lets it shrink what fails.
"""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

#: Longest content that damage makes: what a reader does with more is a matter of size, not of damage. [bytes]
LONGEST = 400_000

NUMBER = re.compile(rb"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
WORDS = (
    b"", b"-", b"0", b"-1", b"-0", b"1e308", b"-1e308", b"1e999", b"1e-320", b"NaN", b"nan", b"inf",
    b"-Infinity", b"9" * 400, b"0." + b"3" * 60, b"2147483648", b"-2147483649", b"4294967296",
    b"9223372036854775808", b"18446744073709551616", b"1_000", b"0x10", b"1,5", b"1.2.3", b"--1", b"+",
    b".", b"e", b"\xd9\xa3", b"\xb2", b"null", b"true", b"[]", b"{}", b"[" * 3000, b'"', b"'", b"\\",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\x1a", b"99/99/2024", b"2024-02-30", b"0000-00-00",
    b"25:61:61", b"9999-12-31 23:59:59.999", b"1677-09-21 00:12:43", b"2262-04-12 00:00:00", b"-9999",
    b"\t\t\t", b",,,,", b";", b"\n\n", b"\r", b"\r\r\n", b"%s%n", b"A" * 5000, b"\xe2\x82", b"#", b"[x]",
    b"=", b"../../x", b"a = 1", b"1980-01-01", b"60", b"24:00:00", b"366", b"1e5",
)  # fmt: skip
INTEGERS = (
    0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
    0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 1_000_000,
    1_000_000_000,
)  # fmt: skip
REALS = (float("nan"), float("inf"), -float("inf"), 1e300, -1e300, 5e-324, 0.0, -0.0, 1e18, 2.0**63)

#: Bytes that mean something in tables.
_MARKS = b'",.-+eE:0/9 \t\r\n\x00\xffnN#;'

Damage = Callable[[bytearray, Random, Sequence[bytes]], None]


def _place(data: bytearray, rng: Random) -> int:
    """Somewhere; half of the time in the beginning, where headers are."""
    return rng.randrange(min(len(data), 600) if rng.random() < 0.5 else len(data))


def _piece(data: bytearray, rng: Random) -> slice:
    at = _place(data, rng)
    return slice(at, at + rng.choice((1, 2, 4, 8, 20, 60, 200, 1000, 5000)))


def byte(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Change some bytes."""
    for _ in range(rng.randint(1, 4)):
        data[_place(data, rng)] = rng.choice(
            (rng.randrange(256), rng.choice(b'",.-+eE:0/9 \t\r\n\x00\xffnN#;'))
        )


def bit(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Turn one bit over."""
    data[_place(data, rng)] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """End too soon."""
    del data[rng.randrange(len(data)) :]


def behead(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Begin too late."""
    del data[: _place(data, rng)]


def drop(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Lose a piece."""
    del data[_piece(data, rng)]


def repeat(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Hold a piece several times."""
    piece = data[_piece(data, rng)]
    at = _place(data, rng)
    data[at:at] = piece * rng.choice((1, 1, 2, 30))


def swap(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Two pieces the other way round."""
    a = _piece(data, rng)
    piece = data[a]
    del data[a]
    at = rng.randrange(len(data) + 1)
    data[at:at] = piece


def blank(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Overwrite a piece with one value, as a card that fails or a disk that was full does."""
    a = _piece(data, rng)
    data[a] = bytes([rng.choice((0, 0, 255, 32, 10))]) * len(data[a])


def splice(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A piece of another file in between, or its end instead of ours."""
    other = bytearray(rng.choice(others)) or bytearray(b"x")
    if rng.random() < 0.5:
        at = _place(data, rng)
        data[at:at] = other[_piece(other, rng)]
    else:
        data[rng.randrange(len(data)) :] = other[rng.randrange(len(other)) :]


def word(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A strange word in between."""
    at = _place(data, rng)
    data[at:at] = rng.choice(WORDS)


def number(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A number of the text becomes a strange word."""
    start = _place(data, rng)
    found = NUMBER.search(data, start) or NUMBER.search(data)
    if found is not None:
        data[slice(*found.span())] = rng.choice(WORDS)


def integer(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A stored integer (a length, an offset, a count) becomes an extreme one."""
    size = rng.choice((1, 2, 4, 8))
    value = rng.choice(INTEGERS) % 256**size
    at = _place(data, rng)
    data[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))


def real(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A stored real number becomes an extreme one."""
    form = rng.choice(("<d", ">d", "<f", ">f"))
    value = rng.choice(REALS)
    if form.endswith("f") and abs(value) > 3e38:
        value = float("inf")
    at = _place(data, rng)
    data[at : at + struct.calcsize(form)] = struct.pack(form, value)


def line(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """Lines lost, doubled, mixed, joined or made long."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(min(len(lines), 8) if rng.random() < 0.5 else len(lines))
    what = rng.randrange(7)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines[at:at] = [lines[at]] * rng.choice((1, 2, 40))
    elif what == 2:
        rng.shuffle(lines)
    elif what == 3:
        lines[at : at + 2] = [b"".join(lines[at : at + 2])]
    elif what == 4:
        lines[at] = lines[at] * rng.choice((2, 50))
    elif what == 5:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
    data[:] = b"\n".join(lines)


def cell(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """A field of a line becomes another one, a strange word, none or several."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(min(len(lines), 8) if rng.random() < 0.5 else len(lines))
    mark = max((b",", b"\t", b";", b" ", b"="), key=lines[at].count)
    cells = lines[at].split(mark)
    place = rng.randrange(len(cells))
    what = rng.randrange(4)
    if what == 0:
        del cells[place]
    elif what == 1:
        cells[place:place] = [rng.choice(cells)] * rng.choice((1, 3))
    elif what == 2:
        cells[place] = rng.choice(cells)
    else:
        cells[place] = rng.choice(WORDS)
    lines[at] = mark.join(cells)
    data[:] = b"\n".join(lines)


def spelling(data: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    """The whole text with other ends of lines, marks, letters or code."""
    old, new = rng.choice(
        (
            (b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r"), (b"\r", b""), (b",", b";"), (b",", b"\t"),
            (b".", b","), (b'"', b""), (b"\n", b"\n\n"), (b"0", b"9"), (b"2", b"0"), (b"e", b"E"),
            (b" ", b"\xa0"), (b":", b"."),
        )
    )  # fmt: skip
    if rng.random() < 0.8:
        data[:] = bytes(data).replace(old, new)
    elif rng.random() < 0.5:
        data[:] = bytes(data).decode("latin-1").encode("utf-16")
    else:
        data[:] = bytes(data).upper() if rng.random() < 0.5 else bytes(data).lower()


EVERYWHERE: tuple[Damage, ...] = (byte, bit, cut, behead, drop, repeat, swap, blank, splice, word)
OF_TEXT: tuple[Damage, ...] = (*EVERYWHERE, number, number, number, cell, cell, cell, line, line, spelling)
OF_BINARY: tuple[Damage, ...] = (*EVERYWHERE, byte, bit, integer, integer, integer, real, number)


def is_text(data: bytes) -> bool:
    """Whether it looks like text."""
    start = data[:2000]
    return b"\x00" not in start and sum(c < 9 or 13 < c < 32 for c in start) * 50 < len(start)


def damaged(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Return the content with one to five damages; inside of it where it is an archive."""
    if data.startswith(b"PK\x03\x04") and rng.random() < 0.75:
        return _inside(data, rng, others)
    if data.startswith(b"\x1f\x8b") and rng.random() < 0.75:
        return _inside_gzip(data, rng)
    kinds = OF_TEXT if is_text(data) else OF_BINARY
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        if not found:
            found = bytearray(b"x")
        rng.choice(kinds)(found, rng, others)
        del found[LONGEST:]
    return bytes(found)


def as_found(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Return damaged content, seldom inside a gzip or zip file that may be damaged too."""
    content = damaged(data, rng, others)
    return _packed(content, rng) if rng.random() < 0.03 else content


def _packed(content: bytes, rng: Random) -> bytes:
    packed = gzip.compress(content, 1, mtime=0) if rng.random() < 0.5 else zipped({"x.dat": content})
    return damaged_plainly(packed, rng) if rng.random() < 0.3 else packed


def damaged_plainly(data: bytes, rng: Random) -> bytes:
    """Return packed bytes with damage that does not look inside."""
    found = bytearray(data)
    rng.choice((byte, bit, cut, drop, integer))(found, rng, [data])
    return bytes(found)


def zipped(parts: dict[str, bytes]) -> bytes:
    """Return an archive, which has no time of its making."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return target.getvalue()


def _inside_gzip(data: bytes, rng: Random) -> bytes:
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):  # damaged before
        return damaged_plainly(data, rng)
    return _packed(damaged(content, rng, [data]), rng)


def _inside(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError):  # damaged before
        return damaged_plainly(data, rng)
    if not parts:
        return damaged_plainly(data, rng)
    name = rng.choice(sorted(parts))
    what = rng.random()
    if what < 0.05:
        del parts[name]
    elif what < 0.1:
        parts[f"../{name}"] = parts.pop(name)
    else:
        parts[name] = damaged(parts[name], rng, [*parts.values()])
    packed = zipped(parts)
    return damaged_plainly(packed, rng) if what > 0.9 else packed
