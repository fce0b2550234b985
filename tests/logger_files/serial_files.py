"""Logs of a serial port: telegrams as sonics send them, one line each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Wind = Mapping[str, Array]  #: u, v, w [m s-1], t_sonic [degC]


def checksum(text: bytes) -> bytes:
    """Exclusive or of the bytes, two hexadecimal digits."""
    return b"%02X" % reduce(lambda a, b: a ^ b, text, 0)


def gill(wind: Wind, status: Sequence[str] | None = None, *, sos: bool = True) -> list[bytes]:
    """Gill WindMaster, mode 2: ASCII, U V W, continuous."""
    out = []
    for k, (u, v, w, t) in enumerate(zip(*wind.values(), strict=True)):
        sound = f"{331.3 + 0.6 * t:+.2f}," if sos else ""
        code = "00" if status is None else status[k]
        body = f"Q,{u:+08.3f},{v:+08.3f},{w:+08.3f},M,{sound}{t:+07.2f},{code},".encode()
        out.append(b"\x02" + body + b"\x03" + checksum(body))
    return out


def gill_polar(direction: Array, speed: Array, w: Array, t: Array) -> list[bytes]:
    """Gill WindMaster, mode 1: ASCII, polar and W."""
    out = []
    for d, s, z, c in zip(direction, speed, w, t, strict=True):
        body = f"Q,{d:03.0f},{s:06.2f},{z:+07.2f},M,{c:+07.2f},00,".encode()
        out.append(b"\x02" + body + b"\x03" + checksum(body))
    return out


def thies(wind: Wind) -> list[bytes]:
    """Thies Ultrasonic 3D: components, virtual temperature, status, checksum of all before it."""
    out = []
    for values in zip(*wind.values(), strict=True):
        body = (";".join(f"{x:+07.2f}" for x in values) + ";00;").encode()
        out.append(b"\x02" + body + checksum(body) + b"\x03")
    return out


def metek(wind: Wind) -> list[bytes]:
    """METEK USA-1: whole cm/s and hundredths of a degree."""
    rows = zip(*(np.rint(100.0 * x).astype(int) for x in wind.values()), strict=True)
    return [b"M:x = %5d y = %5d z = %5d t = %5d " % row for row in rows]


def usonic(wind: Wind) -> list[bytes]:
    """METEK uSonic-3: a word of 128 bits, components, temperature, speed and direction."""
    out = []
    for k, (u, v, w, t) in enumerate(zip(*wind.values(), strict=True)):
        s, d = np.hypot(u, v), np.degrees(np.arctan2(v, u)) % 360.0
        values = ";".join(f"{x:.3f}" for x in (u, v, w, t, s, d, s))
        out.append(f"1B0100003220000003001000{k % 2**32:08X};{values};1".encode())
    return out


def trisonica(wind: Wind) -> list[bytes]:
    """Anemoment TriSonica: numbers with their tags."""
    out = []
    for u, v, w, t in zip(*wind.values(), strict=True):
        s, d = np.hypot(u, v), np.degrees(np.arctan2(-u, -v)) % 360.0
        out.append(f"S {s:06.2f} D {d:4.0f} U {u:06.2f} V {v:06.2f} W {w:06.2f} T {t:06.2f}".encode())
    return out


MAKERS: dict[str, Callable[[Wind], list[bytes]]] = {
    "gill": gill,
    "thies": thies,
    "metek": metek,
    "usonic": usonic,
    "trisonica": trisonica,
}


def stamped(lines: Iterable[bytes], times: npt.NDArray[np.datetime64], *, date: bool = True) -> list[bytes]:
    """Put date and time, or the time of day alone, before each line."""
    texts = (str(t.astype("M8[ms]")).replace("T", " ") for t in times)
    return [
        (text if date else text[11:]).encode() + b"," + line for text, line in zip(texts, lines, strict=True)
    ]


def write(path: Path, lines: Iterable[bytes], *, end: bytes = b"\r\n") -> Path:
    """Write lines as a terminal program logs them."""
    path.write_bytes(b"".join(line + end for line in lines))
    return path
