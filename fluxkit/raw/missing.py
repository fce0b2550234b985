"""Codes of missing values, as the precision of a column makes them."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

#: Digits with which programs print single floats.
_DIGITS = (7, 8, 9)


def missing_numbers(texts: Sequence[str]) -> list[float]:
    """Return the codes that are numbers, each also as a single float and prints of it tell it.

    999.999 is 999.9990234375 in four bytes, and 999.99902 in text made from these.

    Parameters
    ----------
    texts : sequence of str
        As the configuration has them; words are no numbers.

    Examples
    --------
    >>> from fluxkit.raw.missing import missing_numbers
    >>> missing_numbers(["-9999", "NAN", "none"]), missing_numbers(["999.999"])[:2]
    ([-9999.0], [999.999, 999.9990234375])
    """
    return list(_codes(tuple(texts)))


@lru_cache(maxsize=64)
def _codes(texts: tuple[str, ...]) -> tuple[float, ...]:
    codes: dict[float, None] = {}
    for text in texts:
        try:
            code = float(text)
        except ValueError:  # a word: no number can be it
            continue
        if not math.isfinite(code):
            continue
        with np.errstate(over="ignore"):
            single = float(np.float32(code))
        forms = [code, single, *(float(f"{single:.{digits}g}") for digits in _DIGITS)]
        codes |= dict.fromkeys(form for form in forms if math.isfinite(form))
    return tuple(codes)
