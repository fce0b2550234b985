"""The columns of the FLUXNET product 1.3: name, unit and how each is made, for every resolution.

The set is generated from a few families, in the product's order; ``#`` stands for a level of the soil and
``XX`` for a percentile, as in the product's own list.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

Resolution = Literal["HH", "HR", "DD", "WW", "MM", "YY"]
#: From the half hour to the year.
RESOLUTIONS: tuple[Resolution, ...] = ("HH", "DD", "WW", "MM", "YY")
#: Percentiles of a product's ensemble.
PERCENTILES = (5, 16, 25, 50, 75, 84, 95)
THRESHOLDS = ("CUT", "VUT")
PARTITIONS = ("RECO_NT", "GPP_NT", "RECO_DT", "GPP_DT")

CARBON = {"HH": "umolCO2 m-2 s-1", "YY": "gC m-2 y-1"}
RAIN = {"HH": "mm", "YY": "mm y-1"}
NONE = "adimensional"


class Column(NamedTuple):
    """One column of a table."""

    name: str
    unit: str
    rule: str  #: key of what makes it of finer data, see `fluxkit.ecosystem.product.aggregating`


def carbon(resolution: str) -> str:
    """Return the unit of a carbon flux."""
    return CARBON.get("HH" if resolution == "HR" else resolution, "gC m-2 d-1")


def stamps(resolution: str) -> tuple[str, ...]:
    """Return the columns of time."""
    both = resolution in ("HH", "HR", "WW")
    return ("TIMESTAMP_START", "TIMESTAMP_END") if both else ("TIMESTAMP",)


def columns(
    resolution: str, *, levels: Iterable[str] = ("#",), percentiles: Iterable[str] = ("XX",)
) -> list[Column]:
    """Return the columns of a resolution without those of time.

    Parameters
    ----------
    resolution : {"HH", "HR", "DD", "WW", "MM", "YY"}
    levels, percentiles : iterable of str
        What ``#`` and ``XX`` become; by default as the product's list has them.

    Examples
    --------
    >>> from fluxkit.ecosystem.product.names import columns
    >>> [c.name for c in columns("YY")][:3], len(columns("HH"))
    (['TA_F_MDS', 'TA_F_MDS_QC', 'TA_F_MDS_NIGHT'], 151)
    """
    fine = resolution in ("HH", "HR")
    found = [*_air(resolution, fine), *_water_and_wind(resolution, fine), *_measured(fine)]
    found += _soil(fine, levels)
    for flux in ("LE", "H"):
        found += _energy(flux, resolution, fine)
    found += [Column("EBC_CF_N", NONE, "mean"), Column("EBC_CF_METHOD", NONE, "mean")]
    found += _nights(resolution, fine)
    found += _exchange(resolution, fine, list(percentiles))
    return found + list(_partitions(resolution, list(percentiles)))


def _filled(name: str, unit: str, suffix: str = "_F_MDS") -> list[Column]:
    return [Column(f"{name}{suffix}", unit, "mean"), Column(f"{name}{suffix}_QC", NONE, "qc")]


def _sides(name: str, unit: str, *, qc: bool) -> list[Column]:
    """Return a mean's night and day, its deviation and quality."""
    return [
        column
        for side in ("NIGHT", "DAY")
        for column in (
            Column(f"{name}_{side}", unit, "side"),
            Column(f"{name}_{side}_SD", unit, "side sd"),
            *([Column(f"{name}_{side}_QC", NONE, "side qc")] if qc else []),
        )
    ]


def _air(resolution: str, fine: bool) -> Iterator[Column]:
    for suffix in ("_F_MDS", "_ERA", "_F"):
        yield Column(f"TA{suffix}", "deg C", "mean")
        if suffix != "_ERA":
            yield Column(f"TA{suffix}_QC", NONE, "qc")
        if not fine:
            yield from _sides(f"TA{suffix}", "deg C", qc=suffix != "_ERA")
    if resolution != "YY":
        yield Column("SW_IN_POT", "W m-2", "mean")
    for name, unit in (("SW_IN", "W m-2"), ("LW_IN", "W m-2")):
        yield from (*_filled(name, unit), Column(f"{name}_ERA", unit, "mean"), *_filled(name, unit, "_F"))
    yield from (*_filled("LW_IN", "W m-2", "_JSB"), Column("LW_IN_JSB_ERA", "W m-2", "mean"))
    yield from _filled("LW_IN", "W m-2", "_JSB_F")
    yield from (*_filled("VPD", "hPa"), Column("VPD_ERA", "hPa", "mean"), *_filled("VPD", "hPa", "_F"))


def _water_and_wind(resolution: str, fine: bool) -> Iterator[Column]:
    rain = RAIN.get("HH" if fine else resolution, "mm d-1")
    for name, unit, rule in (("PA", "kPa", "mean"), ("P", rain, "sum"), ("WS", "m s-1", "mean")):
        if fine:
            yield Column(name, unit, rule)
        yield Column(f"{name}_ERA", unit, rule)
        yield Column(f"{name}_F", unit, rule)
        yield Column(f"{name}_F_QC", NONE, "qc")


_MEASURED = {
    "USTAR": "m s-1",
    "NETRAD": "W m-2",
    "PPFD_IN": "umolPhoton m-2 s-1",
    "PPFD_DIF": "umolPhoton m-2 s-1",
    "PPFD_OUT": "umolPhoton m-2 s-1",
    "SW_DIF": "W m-2",
    "SW_OUT": "W m-2",
    "LW_OUT": "W m-2",
}


def _measured(fine: bool) -> Iterator[Column]:
    if fine:
        yield from (Column("WD", "Decimal degrees", "mean"), Column("RH", "%", "mean"))
    for name, unit in _MEASURED.items():
        yield Column(name, unit, "mean")
        if not fine:
            yield Column(f"{name}_QC", NONE, "available")
    yield from _filled("CO2", "umolCO2 mol-1")


def _soil(fine: bool, levels: Iterable[str]) -> list[Column]:
    found = []
    for name, unit in (("TS", "deg C"), ("SWC", "%")):
        for level in levels:
            found += [Column(f"{name}_F_MDS_{level}", unit, "mean")]
            found += [Column(f"{name}_F_MDS_{level}_QC", NONE, "qc")]
    return found + _filled("G", "W m-2")


def _energy(flux: str, resolution: str, fine: bool) -> list[Column]:
    power = "W m-2"
    found = [*_filled(flux, power), Column(f"{flux}_CORR", power, "mean")]
    spread = resolution in ("HH", "HR", "DD")
    if spread:
        found += [Column(f"{flux}_CORR_{q}", power, "mean") for q in (25, 75)]
    found.append(Column(f"{flux}_RANDUNC", power, "random"))
    if fine:
        found += [Column(f"{flux}_RANDUNC_{x}", NONE, "none") for x in ("METHOD", "N")]
    if spread:
        found.append(Column(f"{flux}_CORR_JOINTUNC", power, "closure joint"))
    return found


def _nights(resolution: str, fine: bool) -> list[Column]:
    if fine:
        return [Column("NIGHT", NONE, "none")]
    days = (
        [] if resolution == "YY" else [Column(f"{side}_D", NONE, "side count") for side in ("NIGHT", "DAY")]
    )
    return days + [Column(f"{side}_RANDUNC_N", NONE, "random count") for side in ("NIGHT", "DAY")]


def _exchange(resolution: str, fine: bool, percentiles: list[str]) -> list[Column]:
    """Return the columns of NEE; by the half hour each is there for both kinds of thresholds."""
    unit = carbon(resolution)
    found: list[Column] = []
    for kinds in (THRESHOLDS,) if fine else ((kind,) for kind in THRESHOLDS):
        for member in ("REF", "USTAR50"):
            ends = {"": unit, "_QC": NONE, "_RANDUNC": unit}
            ends |= {"_RANDUNC_METHOD": NONE, "_RANDUNC_N": NONE} if fine else {}
            for end, of_end in (ends | {"_JOINTUNC": unit}).items():
                found += [Column(f"NEE_{kind}_{member}{end}", of_end, _RULES[end]) for kind in kinds]
        for end, of_end in {"MEAN": unit, "MEAN_QC": NONE, "SE": unit}.items():
            rule = "carbon qc" if of_end == NONE else "carbon"
            found += [Column(f"NEE_{kind}_{end}", of_end, rule) for kind in kinds]
        for end, of_end in {"": unit, "_QC": NONE}.items():
            found += [Column(f"NEE_{k}_{p}{end}", of_end, _RULES[end]) for k in kinds for p in percentiles]
    return found if fine else found + list(_sides_of_exchange(percentiles))


#: What makes the columns of NEE with these ends.
_RULES = {
    "": "carbon",
    "_QC": "carbon qc",
    "_RANDUNC": "carbon random",
    "_RANDUNC_METHOD": "none",
    "_RANDUNC_N": "none",
    "_JOINTUNC": "carbon joint",
}


def _sides_of_exchange(percentiles: list[str]) -> Iterator[Column]:
    rate = CARBON["HH"]
    for side in ("NIGHT", "DAY"):
        for kind in ("VUT", "CUT"):
            for member in ("REF", "USTAR50"):
                base = f"NEE_{kind}_{member}_{side}"
                for end in ("", "_SD", "_QC", "_RANDUNC", "_JOINTUNC"):
                    yield Column(f"{base}{end}", NONE if end == "_QC" else rate, "carbon side")
            for end in ("", "_QC"):
                for p in percentiles:
                    yield Column(f"NEE_{kind}_{p}_{side}{end}", NONE if end else rate, "carbon side")


def _partitions(resolution: str, percentiles: list[str]) -> Iterator[Column]:
    for part in ("RECO_NT", "GPP_NT", "RECO_DT", "GPP_DT"):
        for kind in ("VUT", "CUT"):
            for member in ("REF", "USTAR50", "MEAN", "SE", *percentiles):
                yield Column(f"{part}_{kind}_{member}", carbon(resolution), "carbon")
