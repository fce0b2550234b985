"""What networks differ in: names, columns of time, positions, span, name of the file.

Where each rule was seen is in docs/submissions.md.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from fluxkit.submissions.names import STAMPS, Name, Variable, nearest, parsed, variables

_POSITION = re.compile(r"_(\d+)_(\d+)_(\d+)")
#: Fluxes of ICOS' product before outliers were removed.
UNCLEANED = ("NEE", "LE", "H")


@dataclass(frozen=True)
class Network:
    """The rules of a network, as far as they could be seen."""

    name: str
    parse: Callable[[str], Name]
    stamps: tuple[str, ...] = STAMPS
    renamed: Mapping[str, str] = field(default_factory=dict)  #: name here -> name there
    position: str = ""  #: that every column needs, where none is given
    file: str = "{site}_{resolution}_{first}_{last}.csv"
    file_rule: bool = True  #: whether the name of the file is a rule of the network
    whole_years: bool = True
    products: bool = True  #: whether its own processing makes demands on coverage
    says: str = ""  #: what its users must know


@cache
def european() -> dict[str, Variable]:
    """Return the codes of the European database by name; ranges are FP-In's where that has the name."""
    text = resources.files("fluxkit.submissions").joinpath("europe.toml").read_text(encoding="utf-8")
    known = variables()
    out = {}
    for unit, group in tomllib.loads(text).items():
        for name in group["names"]:
            alike = known.get(name.removesuffix("_PI"))
            same = alike is not None and alike.unit == unit
            low, high = (
                (alike.low, alike.high) if alike is not None and same else (float("-inf"), float("inf"))
            )
            out[name] = Variable(name, unit, low, high)
    return out


def parsed_europe(text: str) -> Name:
    """Take a name of the European database apart: code, ``_f`` where filled, then ``_H_V_R``.

    Examples
    --------
    >>> from fluxkit.submissions.networks import parsed_europe
    >>> parsed_europe("FC_SSITC_TEST_1_1_1").known, parsed_europe("NEE_1_1_1").fault
    (True, 'no code of the European database; it has NEE_PI')
    """
    codes = european()
    known = [name for name in codes if text == name or text.startswith((f"{name}_",))]
    if not known:
        base = _POSITION.sub("", text)
        hint = f"; it has {base}_PI" if f"{base}_PI" in codes else nearest(text, codes)
        return Name(text, None, fault=f"no code of the European database{hint}")
    base = max(known, key=len)
    rest = text[len(base) :]
    filled = re.match(r"_[fF](?=_|$)", rest) is not None
    rest = rest[2:] if filled else rest
    if _POSITION.fullmatch(rest):
        return Name(text, codes[base], filled, "position")
    if rest:
        return Name(text, codes[base], filled, fault=f"{rest} behind {base} is no qualifier: _f, then _H_V_R")
    return Name(text, codes[base], filled, fault="it has no position: write _H_V_R behind it, such as _1_1_1")


def parsed_icos(text: str) -> Name:
    """Take a name of ICOS' half-hourly files apart: FP-In's, and ``_UNCLEANED`` of NEE, LE and H.

    Examples
    --------
    >>> from fluxkit.submissions.networks import parsed_icos
    >>> parsed_icos("NEE_UNCLEANED").known, parsed_icos("TA_1_1_1").known
    (True, True)
    """
    base = text.removesuffix("_UNCLEANED")
    if base != text and base in UNCLEANED:
        return Name(text, variables()[base])
    return parsed(text)


NETWORKS: dict[str, Network] = {
    "ameriflux": Network("AmeriFlux", parsed),
    "fluxnet": Network("FLUXNET", parsed),
    "europe": Network(
        "the European database", parsed_europe, stamps=("TIMESTAMP_END",),
        renamed={"NEE": "NEE_PI", "VPD": "VPD_PI", "TDEW": "T_DP"}, position="1_1_1", file_rule=False,
        whole_years=False, products=False,
        says="the position of each column is 1_1_1 unless --position tells another; V counts away from the "
        "ground there, other than with AmeriFlux; how the file is to be named could not be seen",
    ),
    "icos": Network(
        "ICOS", parsed_icos, renamed={name: f"{name}_UNCLEANED" for name in UNCLEANED},
        file="{site}_FLUXES_{resolution}.csv", file_rule=False, products=False,
        says="ICOS takes raw files and computes half hours itself: this table is laid out as its own, to be "
        "compared with them, not to be uploaded; fluxkit check FILE --for icos looks at raw files",
    ),
}  # fmt: skip
