"""Diagnostic words that instruments write with their samples, from ``diagnostics.toml``."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True)
class DiagnosticWord:
    """One kind of diagnostic word: bits with meanings, or codes of which some are well."""

    name: str
    label: str
    prefix: str  #: of output variables
    manual: str  #: where it is described
    well: int = 0  #: value of a bit that is well
    bits: tuple[tuple[int, str, str], ...] = ()  #: number, name, meaning
    acting: tuple[int, ...] = ()  #: bits that cost a sample
    drops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: bit's name -> further variables
    good: tuple[int, ...] = ()  #: codes that are well; none: a word of bits
    signal: tuple[int, float] | None = None  #: mask of the signal strength, percent per step
    missing_is_well: bool = False  #: a word that cannot be read costs nothing

    def acting_mask(self, *, ignored: Collection[str] = ()) -> int:
        """Return the acting bits as a mask, without those that are ignored (<PREFIX>_<NAME>)."""
        passed_over = {bit for bit, name, _ in self.bits if f"{self.prefix}_{name}" in ignored}
        return sum(1 << bit for bit in self.acting if bit not in passed_over)

    def counters(self) -> dict[str, str]:
        """Return the output variables that this word gives, with their long names."""
        found = {
            f"{self.prefix}_{name}_NUM": f"{self.label}, samples flagged: {words}"
            for _, name, words in self.bits
        }
        if self.good:
            found[f"{self.prefix}_STATUS_NUM"] = f"{self.label}, samples whose status is not well"
        if self.signal is not None:
            found[f"{self.prefix}_SIGNAL"] = f"{self.label}, mean signal strength (AGC of older firmware)"
        return found


@cache
def diagnostic_words() -> Mapping[str, DiagnosticWord]:
    """Return all diagnostic words by name."""
    text = resources.files("fluxkit.schema").joinpath("diagnostics.toml").read_text(encoding="utf-8")
    return MappingProxyType({name: _word(name, table) for name, table in tomllib.loads(text).items()})


def _word(name: str, table: dict[str, object]) -> DiagnosticWord:
    frozen: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, list):
            frozen[key] = tuple(tuple(item) if isinstance(item, list) else item for item in value)
        elif isinstance(value, dict):
            frozen[key] = MappingProxyType({inner: tuple(names) for inner, names in value.items()})
        else:
            frozen[key] = value
    return DiagnosticWord(name=name, **frozen)  # type: ignore[arg-type]
