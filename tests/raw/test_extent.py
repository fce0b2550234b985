"""A file's extent is what reading all of it gives, whatever is wrong with the file."""

import gzip

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw import extent as module
from fluxkit.raw.extent import extent
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5

START = np.datetime64("2024-07-01T00:00", "ns")
LAYOUT = Layout("toa5", 10.0, (LayoutColumn("u", "u"), LayoutColumn("w", "w")), "records", 1.0)
LINES = 1500


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> list[bytes]:
    path = tmp_path_factory.mktemp("extent") / "x.dat"
    rng = np.random.default_rng(1)
    values = [rng.normal(size=LINES).round(3) for _ in range(2)]
    write_toa5(path, [Field("u", "m/s", 3), Field("w", "m/s", 3)], values, time_stamps(START, LINES, 10.0))
    return path.read_bytes().splitlines(keepends=True)


def damaged(lines: list[bytes], kind: str, rng: np.random.Generator) -> bytes:
    """A file with something wrong at a place drawn."""
    head, body = lines[:4], lines[4:]
    at, size = int(rng.integers(0, len(body))), int(rng.integers(1, 90))
    other = int(rng.integers(0, len(body)))
    piece = body[at : at + size]
    body = {
        "sound": lambda: body,
        "lost": lambda: body[:at] + body[at + size :],
        "twice": lambda: body[:at] + piece + body[at:],
        "moved": lambda: body[:at] + body[at + size :] + piece,
        "lost and twice": lambda: body[:at] + body[at + size :] + body[-size:],
        "misprint": lambda: [*body[:at], body[other][:24] + body[at][24:], *body[at + 1 :]],
        "of another day": lambda: [*body[:at], *(x.replace(b"-07-01", b"-07-03") for x in body[at:])],
        "torn": lambda: [*body[:at], body[at][: size // 2], *body[at + 1 :]],
        "text": lambda: [*body[:at], b"a line of words\n", *body[at:]],
        "cut": lambda: [*body[:-1], body[-1][:30]],
        "two files": lambda: body[:at] + head + body[at:],
        "another rate": lambda: body[::3],
        "zeros": lambda: [*body[:at], b"\x00" * size + b"\n", *body[at:]],
        "no records": lambda: [],
        "windows": lambda: [x.replace(b"\n", b"\r\n") for x in body],
    }[kind]()
    return b"".join(head + body)


def of_read(path) -> tuple[np.datetime64, int] | str:
    try:
        samples = read(path, LAYOUT)
    except ReadError as error:
        return str(error)
    return samples.start, samples.size


def of_extent(path) -> tuple[np.datetime64, int] | str:
    try:
        return extent(path, LAYOUT)
    except ReadError as error:
        return str(error)


@pytest.mark.parametrize("kind", [
    "sound", "lost", "twice", "moved", "lost and twice", "misprint", "of another day", "torn", "text", "cut",
    "two files", "another rate", "zeros", "no records", "windows",
])  # fmt: skip
def test_it_is_that_of_the_whole_file(lines, kind, tmp_path):
    path = tmp_path / "x.dat"
    for seed in range(12):
        path.write_bytes(damaged(lines, kind, np.random.default_rng(seed)))
        assert of_extent(path) == of_read(path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_sound_text_is_not_read_whole(lines, packed, tmp_path, monkeypatch):
    path = tmp_path / "x.dat"
    content = b"".join(lines)
    path.write_bytes(gzip.compress(content) if packed else content)
    expected = of_read(path)
    monkeypatch.setattr(module, "read", None)
    assert extent(path, LAYOUT) == expected
    assert expected[1] == LINES
