"""Names of columns as AmeriFlux' and FLUXNET's upload standard (FP-In) has them."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

STAMPS = ("TIMESTAMP_START", "TIMESTAMP_END")
#: Qualifiers of the standard's text that its format check of 2026-05 takes for invalid at upload.
REFUSED = {"PI": "provided by the team", "QC": "a quality flag", "IU": "units of the instrument"}
_PLACES = (
    (re.compile(r"_(\d+)_(\d+)_(\d+)"), "position"),
    (re.compile(r"_(\d+)_(\d+)_A(_SD|_N)?"), "aggregate"),
    (re.compile(r"_(\d+)(_SD|_N)?"), "layer"),
)


class Variable(NamedTuple):
    """A variable of the standard."""

    name: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Name:
    """A column's name, taken apart; ``fault`` says why it is not one of the standard's."""

    text: str
    variable: Variable | None
    filled: bool = False
    place: str = ""  #: "", position, aggregate, layer
    fault: str = ""

    @property
    def known(self) -> bool:
        """Whether the column is taken at upload."""
        return not self.fault


@cache
def variables() -> dict[str, Variable]:
    """Return the standard's variables by name."""
    text = resources.files("fluxkit.submissions").joinpath("variables.toml").read_text(encoding="utf-8")
    return {
        name: Variable(name, unit, low, high)
        for unit, group in tomllib.loads(text).items()
        for name, (low, high) in group.items()
    }


def parsed(text: str) -> Name:
    """Take the name of a column apart: base name, ``_F`` for filled, then where it was measured.

    Parameters
    ----------
    text : str
        As in the header, such as ``TS_1_2_1`` or ``SW_IN_F``.

    Returns
    -------
    Name
        Its ``fault`` is empty where the column is taken.

    Examples
    --------
    >>> import fluxkit as fk
    >>> fk.submissions.parsed("TS_1_2_1").place
    'position'
    >>> fk.submissions.parsed("NEE_PI").fault
    '_PI (provided by the team) is taken for invalid at upload: leave it out'
    """
    known = [name for name in variables() if text == name or text.startswith(f"{name}_")]
    if not known:
        return Name(text, None, fault=f"no variable of the standard{nearest(text, variables())}")
    base = max(known, key=len)
    variable, rest = variables()[base], text[len(base) :]
    refused = next((word for word in REFUSED if re.search(rf"_{word}(_|$)", rest)), None)
    if refused:
        words = f"_{refused} ({REFUSED[refused]}) is taken for invalid at upload: leave it out"
        return Name(text, variable, fault=words)
    filled = re.match(r"_F(?=_|$)", rest) is not None
    rest = rest[2:] if filled else rest
    for pattern, place in _PLACES:
        if pattern.fullmatch(rest):
            return Name(text, variable, filled, place)
    if rest:
        words = f"{rest} behind {base} is no qualifier: _F, then _H_V_R, _H_V_A or a layer's number"
        return Name(text, variable, filled, fault=words)
    return Name(text, variable, filled)


def nearest(text: str, known: Iterable[str]) -> str:
    """Return which known name is like a text, for messages; empty if none is."""
    from difflib import get_close_matches

    near = get_close_matches(text.upper(), list(known), n=1, cutoff=0.75)
    return f"; the nearest is {near[0]}" if near else ""
