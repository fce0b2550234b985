"""What the samples of a whole archive, or of one file, show to be wrong with the configuration."""

from collections.abc import Iterator, Mapping
from typing import Any

from fluxkit.schema import gases, units
from fluxkit.site.models import Site
from fluxkit.site.sections.reading import SONIC_VARIABLES

#: Share of the samples whose loss is no matter of single periods.
_MOST = 0.5
#: Means that air near the ground, or a cell, may have. [K], [Pa], [m s-1]
_TEMPERATURE, _PRESSURE, _WIND, _W_RMS = (210.0, 335.0), (3e4, 1.3e5), 45.0, 6.0
#: Cells of lasers are pumped down to 40 Torr. [Pa]
_CELL = (1e3, 1.3e5)
#: Share of samples of w beyond what is possible, from which it is more than a code for "no value" here and
#: there.
_SOME = 0.02
#: How far the mean of a gas may leave its usual range.
_WIDER = 2.0
#: Mean water vapour that is drier than any air near the ground. [mol mol-1]
_DRIEST = 2e-5
#: Air of 0 degC and 1013 hPa; others differ by less than the ranges allow. [mol m-3]
_AIR = 44.6


def suspicions(tally: Mapping[str, Any], site: Site) -> list[str]:
    """Return a sentence for each thing that is wrong with most samples: what, where, what to do.

    Parameters
    ----------
    tally : mapping
        Sums over all periods, see `fluxkit.tower.condition.tally`.
    site : Site
        Whose columns they are.

    Returns
    -------
    list of str
    """
    units_wrong = dict(_of_units(tally, site))
    limits = (told for variable, told in _of_limits(tally, site) if variable not in units_wrong)
    return [*_of_words(tally, site), *units_wrong.values(), *limits]


def standing_still(tally: Mapping[str, Any], site: Site) -> list[str]:
    """Return a sentence for each variable that stood still, or whose values are held.

    Parameters as of `suspicions`. No doubt about the configuration: the samples were left out.
    """
    found = []
    for name, periods in tally.get("still", {}).items():
        found.append(
            f"{_told(name, site)} stands still for seconds and more in {periods} periods, which have "
            f"{tally['frozen'][name]} such samples: they were left out (condition.frozen; see quarantine.csv)"
        )
    for name, periods in tally.get("held", {}).items():
        found.append(
            f"{_told(name, site)}: each value is held over several samples in {periods} periods: it is "
            "measured less often than raw.rate, and was left out there (condition.frozen; see quarantine.csv)"
        )
    for name, periods in tally.get("unmoved", {}).items():
        found.append(
            f"{_told(name, site)} has one value throughout each of {periods} periods, as far as its "
            "resolution tells: if the sensor is stuck, or a constant stands for it, leave the column out"
        )
    return found


def _told(variable: str, site: Site) -> str:
    return _column(site, variable) if variable in site.columns else variable


def _share(tally: Mapping[str, Any], what: str, variable: str) -> float:
    samples = tally.get("samples", {}).get(variable, 0)
    return float(tally.get(what, {}).get(variable, 0) / samples) if samples else 0.0


def _column(site: Site, variable: str) -> str:
    return f"columns.{variable} (column {site.columns[variable].column!r})"


def _of_words(tally: Mapping[str, Any], site: Site) -> Iterator[str]:
    for name in tally.get("counting", {}):
        if name in site.columns:
            yield (
                f"{_column(site, name)}: its lowest six bits count the records, as a CSAT3's word does as it "
                "comes: bits 0 to 11 (counter and range) were passed over, bits 12 to 15 are its flags; "
                "give the sonic diagnostic_word = 'csat3' (flags only), or leave the column out"
            )
    for name, words in tally.get("words", {}).items():
        lost = [v for v in site.columns if _share(tally, "diagnosed", v) > _MOST]
        if not lost or name not in site.columns:
            continue
        share = max(_share(tally, "diagnosed", variable) for variable in lost)
        often = sorted(words.items(), key=lambda entry: (-entry[1], int(entry[0])))[:3]
        yield (
            f"{_column(site, name)}: the diagnostic words call {100 * share:.0f} % of the samples bad "
            f"({', '.join(lost)} are lost); most frequent: {', '.join(word for word, _ in often)}. If the "
            "instrument was well, say what its words mean (diagnostic_word of the instrument) or leave the "
            "column out"
        )


def _of_units(tally: Mapping[str, Any], site: Site) -> Iterator[tuple[str, str]]:
    for variable, count in tally.get("samples", {}).items():
        if variable not in site.columns:
            continue
        mean = tally["sum"][variable] / count
        shown = _as_written(mean, variable, site)
        reason = ""
        odd = sum(_share(tally, what, "w") for what in ("implausible", "limited"))
        if (
            variable == "w"
            and odd > _SOME
            and (tally.get("squares", {}).get("w", 0.0) / count) ** 0.5 > _W_RMS
        ):
            rms = (tally["squares"]["w"] / count) ** 0.5
            reason = f"its root mean square is {rms:.3g} m s-1, which no wind near the ground has"
        elif _share(tally, "implausible", variable) > _MOST:
            share = 100 * _share(tally, "implausible", variable)
            reason = f"{share:.0f} % of its samples are no measurement (mean {shown}) and were left out"
        elif not believable(variable, mean, site):
            reason = f"its mean is {shown}, which no air has"
        if reason:
            yield (
                variable,
                (
                    f"{_column(site, variable)}: {reason}; check its unit ({site.columns[variable].unit!r}), "
                    "gain, offset and whether it is that column"
                ),
            )


def _as_written(mean: float, variable: str, site: Site) -> str:
    """Mean in the configured unit, after gain and offset."""
    unit = site.columns[variable].unit
    mass = site.gas_facts(variable).molar_mass if variable in site.gases else None
    scale, shift = units.to_si(unit, mass)
    return f"{(mean - shift) / scale:.4g} {unit}"


def believable(variable: str, mean: float, site: Site, *, quantity: str | None = None) -> bool:
    """Whether air near the ground, or a cell, may have such a mean of a variable.

    Parameters
    ----------
    variable : str
        Canonical name.
    mean : float
        [SI; gases mol mol-1 or mol m-3]
    site : Site
        The configuration.
    quantity : str, optional
        What the mean of a gas is, "density" or a fraction; that of the configuration if absent.
    """
    if variable in SONIC_VARIABLES and variable != "t_sonic":
        return abs(mean) < _WIND or units.parse(site.columns[variable].unit).dimension != "speed"
    if variable.startswith("t_"):
        return _TEMPERATURE[0] < mean < _TEMPERATURE[1]
    if variable.startswith("p_"):
        low, high = _CELL if variable == "p_cell" else _PRESSURE
        return low < mean < high
    if variable not in site.gases:
        return True
    facts = site.gas_facts(variable)
    per_mole = gases.SCALES[facts.amount]
    low, high = facts.range
    if (quantity or site.columns[variable].quantity or "density") == "density":
        mean /= _AIR
    dry = variable.startswith("h2o")
    return (_DRIEST if dry else low / per_mole / _WIDER) < mean < high / per_mole * _WIDER


def _of_limits(tally: Mapping[str, Any], site: Site) -> Iterator[tuple[str, str]]:
    for variable in tally.get("limited", {}):
        share = _share(tally, "limited", variable)
        if share > _MOST and variable in site.columns:
            yield (
                variable,
                (
                    f"{_column(site, variable)}: {100 * share:.0f} % of its samples are beyond the absolute "
                    "limits and were left out; check its unit, and the limits of [condition]"
                ),
            )
