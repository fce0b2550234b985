"""Time stamps as texts of fixed places, such as 2019-07-01T00:00:00.050Z, to nanoseconds."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.channels import believable
from fluxkit.raw.text.table import Stamps

_STAMP = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?", re.ASCII)
_UNREADABLE = np.iinfo(np.int64).min
_ZERO, _NINE, _Z = b"09Z"
#: Places of the date and of each part of the clock, and seconds of such a part.
_DATE = (0, 1, 2, 3, 5, 6, 8, 9)
_CLOCK = (((11, 12), 3600, 24), ((14, 15), 60, 60), ((17, 18), 1, 61))
_SECOND_ENDS, _DIGITS = 20, 9


def of_texts(texts: npt.NDArray[np.bytes_]) -> tuple[Stamps | None, bool]:
    """Nanoseconds since 1970 of texts (n,), the smallest integer where a text is not a stamp.

    Returns
    -------
    stamps : ndarray of int64, shape (n,), or None
        None where no text is a stamp.
    utc : bool
        Whether they end with Z.
    """
    utc = texts.size > 0 and bytes(texts[0]).strip().endswith(b"Z")
    stamps, done = _alike(texts)
    known = bool(done.any())
    for k in np.flatnonzero(~done).tolist():
        text = bytes(texts[k]).strip()
        if _STAMP.fullmatch(text):
            known = True
            date, _, clock = text.decode().removesuffix("Z").replace(" ", "T").partition("T")
            found = stamp_instant(date, clock)
            stamps[k] = _UNREADABLE if found is None else found
    return (believable(stamps), utc) if known else (None, False)


def stamp_instant(date: str, clock: str) -> int | None:
    """Nanoseconds since 1970 of a date and a time of day, 2020-1-1 and 2:00 as well; None of none."""
    day = "-".join(part.zfill(2) for part in date.split("-"))
    hour, _, rest = clock.partition(":")
    try:
        return int(np.datetime64(f"{day}T{hour.zfill(2)}:{rest}", "ns").astype(np.int64))
    except ValueError:  # the 31st of June
        return None


def _alike(texts: npt.NDArray[np.bytes_]) -> tuple[Stamps, npt.NDArray[np.bool_]]:
    """Stamps spelled as the first one is, to the last place, and which they are: a hundredth of the cost."""
    stamps = np.full(texts.size, _UNREADABLE, np.int64)
    first = bytes(texts[0]) if texts.size else b""
    if not _STAMP.fullmatch(first) or len(first) != texts.itemsize:
        return stamps, np.zeros(texts.size, np.bool_)
    letters = np.ascontiguousarray(texts).view(np.uint8).reshape(texts.size, -1)
    places = [k for k, letter in enumerate(first) if _ZERO <= letter <= _NINE]
    others = [k for k in range(len(first)) if k not in places]
    same = (letters[:, others] == np.frombuffer(first, np.uint8)[others]).all(axis=1)
    same &= ((letters[:, places] >= _ZERO) & (letters[:, places] <= _NINE)).all(axis=1)
    end = len(first) - first.endswith(b"Z")
    ns = _whole(letters, range(_SECOND_ENDS, end)) * 10 ** (_DIGITS - max(end - _SECOND_ENDS, 0))
    for where, scale, limit in _CLOCK:
        part = _whole(letters, where)
        same &= part < limit
        ns += part * (scale * 1_000_000_000)
    days, which = np.unique(np.where(same, _whole(letters, _DATE), 0), return_inverse=True)
    midnights = (
        stamp_instant(f"{d // 10_000:04d}-{d // 100 % 100:02d}-{d % 100:02d}", "00:00") for d in days.tolist()
    )
    begins = np.array([_UNREADABLE if midnight is None else midnight for midnight in midnights], np.int64)[
        which
    ]
    same &= begins != _UNREADABLE
    stamps[same] = begins[same] + ns[same]
    return stamps, same


def _whole(letters: npt.NDArray[np.uint8], places: Sequence[int]) -> npt.NDArray[Any]:
    number = np.zeros(len(letters), np.int64)
    for place in places:
        number = number * 10 + (letters[:, place] - _ZERO)
    return number
