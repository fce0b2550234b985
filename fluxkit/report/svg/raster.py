"""Many points as one small image: a year of half hours as vectors would be megabytes."""

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]

#: Pixels to a point: 144 to the inch.
PIXELS = 2.0
#: Degrees of covering above none.
_LEVELS = 15
#: Names of the kernel's shapes.
_KINDS = {"o": "DISC", "s": "SQUARE", "X": "CROSS", "ring": "RING"}


def image(
    x: Array, y: Array, width: float, height: float, *, colour: str, marker: str, size: float, alpha: float
) -> str:
    """Return points of one colour as a PNG to put into an SVG, ``data:image/png;base64,...``.

    Parameters
    ----------
    x, y : (n,) arrays
        Places from the upper left corner. [point]
    width, height : float
        Of the image. [point]
    colour : str
        ``#RRGGBB``.
    marker : str
        ``"o"``, ``"s"``, ``"X"`` or ``"ring"``; another is drawn as a disc.
    size : float
        Diameter of a point. [point]
    alpha : float
        How far a point covers what is behind it; where points lie on one another they cover more. [1]
    """
    shape = int(np.ceil(height * PIXELS)), int(np.ceil(width * PIXELS))
    radius = max(size * PIXELS / 2.0, 0.5)
    kind = getattr(kernels.pixels, _KINDS.get(marker, "DISC"))
    clear = kernels.pixels.uncovered(x * PIXELS, y * PIXELS, *shape, kind, radius, alpha)
    levels = np.round(_LEVELS * (1.0 - clear)).astype(np.uint8)
    return "data:image/png;base64," + base64.b64encode(_png(levels, colour)).decode("ascii")


def _png(levels: npt.NDArray[np.uint8], colour: str) -> bytes:
    """Return a PNG of one colour: its palette is the sixteen degrees of covering, two pixels to a byte."""
    height, width = levels.shape
    even = np.zeros((height, width + width % 2), dtype=np.uint8)
    even[:, :width] = levels
    rows = np.zeros((height, 1 + even.shape[1] // 2), dtype=np.uint8)  # a row begins with its filter: none
    rows[:, 1:] = even[:, ::2] << 4 | even[:, 1::2]
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)),
        (b"PLTE", bytes.fromhex(colour.removeprefix("#")) * (_LEVELS + 1)),
        (b"tRNS", bytes(round(255 * level / _LEVELS) for level in range(_LEVELS + 1))),
        (b"IDAT", zlib.compress(rows.tobytes(), 4)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
