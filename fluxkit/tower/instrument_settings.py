"""What conditioning takes from a station's instruments: how they write, what is put right, what words say.

Sees a `Site`, as ``settings`` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fluxkit.physics.sonic import CrossWind, cross_wind_shares
from fluxkit.schema import units
from fluxkit.schema.diagnostics import DiagnosticWord, diagnostic_words
from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import Sonic
from fluxkit.site.sections.reading import DIAGNOSTICS
from fluxkit.tower.condition.diagnostics import Diagnosis
from fluxkit.tower.condition.sonic_corrections import Head, SonicColumns
from fluxkit.tower.conventions import ARITHMETIC, Conventions

SONIC = ("u", "v", "w", "t_sonic")
#: What may be recorded through an analyser beside its gases.
OF_ANALYSER = ("p_cell", "t_air", "p_air")


@dataclass(frozen=True)
class InstrumentPlan:
    """Settings of one site that concern its instruments."""

    columns: SonicColumns
    head: Head
    cross_wind: CrossWind | None  #: None: the temperature is left as it is
    diagnoses: tuple[Diagnosis, ...]
    signals: dict[str, tuple[float, float]]  #: gas -> limits of its signal strength [as the column]


def instrument_plan(site: Site) -> InstrumentPlan:
    """Unpack a site."""
    conventions = ARITHMETIC[site.decide.arithmetic]
    return InstrumentPlan(
        columns=sonic_columns(site),
        head=sonic_head(site),
        cross_wind=cross_wind(site, with_w=conventions.cross_wind_of_w),
        diagnoses=tuple(diagnoses(site, conventions)) if site.condition.diagnostics else (),
        signals=dict(site.condition.signal_limits),
    )


def sonic_columns(site: Site) -> SonicColumns:
    """Return how the sonic writes its samples."""
    sonic, traits = site.sonic, site.sonic.traits
    on_axis = sonic.wind_reference == "axis" or sonic.wind_format == "axis" or traits.always_rotated
    return SonicColumns(
        wind=sonic.wind_format,
        speed_of_sound=units.parse(site.columns["t_sonic"].unit).dimension == "speed",
        offsets={"u": sonic.u_offset, "v": sonic.v_offset, "w": sonic.w_offset},
        reflected=traits.reflected,
        rotation=traits.axis_rotation if on_axis else 0.0,
    )


def sonic_head(site: Site) -> Head:
    """Return which errors of the head are taken out.

    Nakai & Shimoyama (2012) measured heads with the faulty firmware: their correction holds for its w, and
    does the work of the boost as well.
    """
    sonic, condition = site.sonic, site.condition
    method: str = condition.angle_of_attack
    if method == "automatic":
        method = sonic.traits.angle_of_attack or "none"
    if method == "nakai-shimoyama-2012":
        boost = "none" if sonic.lacks_boost else "undo"
    else:
        boost = "apply" if condition.w_boost and sonic.lacks_boost else "none"
    return Head(w_boost=boost, angle_of_attack=method, transducer_shadow=condition.transducer_shadow)


def cross_wind(site: Site, *, with_w: bool) -> CrossWind | None:
    """Return the shares of cross-wind that are taken out of sonic temperature; None where nothing is."""
    sonic, traits = site.sonic, site.sonic.traits
    corrected = sonic.cross_wind_corrected
    if corrected is None:
        corrected = traits.cross_wind != "raw"
    if site.condition.cross_wind == "none" or corrected:
        return None
    if traits.cross_wind_shares:
        return CrossWind(*traits.cross_wind_shares)
    return None if traits.elevation is None else cross_wind_shares(traits.elevation, with_w=with_w)


def diagnoses(site: Site, conventions: Conventions) -> Iterator[Diagnosis]:
    """Find what each column of diagnostic words speaks of; words that nobody knows are passed over."""
    if "diag_sonic" in site.columns:
        name = _sonic_word(site.sonic, by_model=conventions.sonic_word == "model")
        if name:
            words = diagnostic_words()
            # Where nobody says what the words are, a CSAT3's as it comes is known by its counter.
            told = site.sonic.diagnostic_word is not None or conventions.sonic_word != "model"
            counting = words["csat3"] if name == "flag" and not told else None
            yield Diagnosis("diag_sonic", words[name], SONIC, (), counting)
    for column in DIAGNOSTICS[1:]:
        if column in site.columns:
            yield from _of_analysers(site, column, loses_air=conventions.analyser_word_loses_air)


def _sonic_word(sonic: Sonic, *, by_model: bool) -> str:
    """Name of the sonic's word; not by model it is a flag of all but two of Gill's."""
    if by_model or sonic.diagnostic_word:
        return sonic.word
    return "gill" if sonic.model.startswith(("hs-", "windmaster")) else "flag"


def _of_analysers(site: Site, column: str, *, loses_air: bool) -> Iterator[Diagnosis]:
    bound = site.columns[column].instrument
    by_word: dict[str, list[str]] = {}
    for gas in site.gases:
        analyser = site.analyser(gas)
        if bound in (None, analyser.id) and analyser.word:
            by_word.setdefault(analyser.word, []).append(gas)
    for name, gases in by_word.items():
        also = [v for v in OF_ANALYSER if loses_air and bound and _instrument(site, v) == bound]
        fractions = [gas for gas in gases if (site.columns[gas].quantity or "density") != "density"]
        yield Diagnosis(column, diagnostic_words()[name], (*gases, *also), tuple(fractions))


def _instrument(site: Site, variable: str) -> str | None:
    return site.columns[variable].instrument if variable in site.columns else None


def diagnostic_names(site: Site) -> tuple[str, ...]:
    """Return the output variables that diagnostic words and signals of a site give, each once."""
    found: dict[str, None] = {}
    for diagnosis in instrument_plan(site).diagnoses:
        found |= dict.fromkeys(counters(diagnosis.word))
    found |= {signal_name(name): None for name in site.columns if name.startswith("signal_")}
    return tuple(found)


def counters(word: DiagnosticWord) -> tuple[str, ...]:
    """Return the output variables of one word."""
    return tuple(word.counters())


def signal_name(column: str) -> str:
    """Return the output variable of a column of signal strength: signal_co2 -> CO2_SIGNAL_STRENGTH."""
    return f"{column.removeprefix('signal_').upper()}_SIGNAL_STRENGTH"


def describe_corrections(site: Site) -> str:
    """Say what is done to the sonic's samples, for the metadata of the products."""
    plan = instrument_plan(site)
    said = [f"cross-wind: {_cross_wind_words(site, plan.cross_wind)}"]
    head = plan.head
    if head.w_boost != "none":
        said.append(f"vertical wind: boost {'applied' if head.w_boost == 'apply' else 'undone'}")
    said.append(f"angle of attack: {head.angle_of_attack}")
    shadow = "in firmware" if site.sonic.shadow_corrected else head.transducer_shadow
    said.append(f"transducer shadow: {shadow}")
    return "; ".join(said)


def _cross_wind_words(site: Site, shares: CrossWind | None) -> str:
    if shares is not None:
        return "liu-2001"
    known = site.sonic.cross_wind_corrected
    if known or (known is None and site.sonic.traits.cross_wind == "firmware"):
        return "in firmware"
    return "none"
