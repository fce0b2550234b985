"""From a station's configuration to its `Plan`, all that the tower's steps know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from fluxkit.constants import T_ZERO
from fluxkit.physics.air import pressure_at
from fluxkit.schema.gases import STANDARD
from fluxkit.schema.slots import slots_of
from fluxkit.site.models import Site
from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.site.sections.time_lag import TimeLag
from fluxkit.site.variants import epochs
from fluxkit.tower.conventions import ARITHMETIC, Conventions
from fluxkit.tower.instrument_settings import describe_corrections
from fluxkit.tower.lags.lag_windows import SearchWindow, to_samples, window_closed_path, window_open_path
from fluxkit.tower.period_moments import FarLags, Lags
from fluxkit.tower.plan import GasPlan, Plan
from fluxkit.tower.rotations.planar_fit import Fitting
from fluxkit.tower.series_methods.high_pass import Filter
from fluxkit.tower.spectral.spectral_correction import GasPath, SonicPath

Array = npt.NDArray[np.float64]

SLOW = ("t_air", "p_air", "t_cell", "p_cell")
#: Response time of every analyser by the convention "same". [s]
SAME_RESPONSE = 0.1
LITRES_PER_MINUTE = 1.0 / 60000.0


def make_plan(site: Site) -> Plan:
    """Unpack a site."""
    rate = site.raw.rate
    seconds = site.condense.seconds
    gases = site.gases
    conventions = ARITHMETIC[site.decide.arithmetic]
    windows = {gas: lag_window(site, gas, rate, conventions.open_path_electronics) for gas in gases}
    donors = lag_donors(site, windows)
    slow = list(name for name in SLOW if name in site.columns)
    if "t_cell" not in slow and {"t_cell_in", "t_cell_out"} <= site.columns.keys():
        slow.append("t_cell")
    cell_variables = {gas: names for gas in gases if (names := site.cell_variables(gas))}
    lags, cell_lags = with_cell_variables(kept_lags(site, windows, donors, rate), cell_variables)
    plan = Plan(
        preset=site.preset,
        station=site.station,
        sonic=site.sonic,
        condition=site.condition,
        condense=site.condense,
        decide=site.decide,
        footprint=site.footprint,
        profile=site.profile,
        columns=tuple(site.columns),
        gases=gases,
        gas={gas: gas_plan(site, gas) for gas in gases},
        slow=tuple(site.biomet.columns),
        has_cell_state=site.has_cell_state,
        sonic_path=sonic_path(site),
        sonic_limits=sonic_limits(site),
        spike_limits=spike_limits(site),
        sonic_corrections=describe_corrections(site),
        changes=tuple(change.description for change in site.changes),
        moved=tuple(c.start.date() for c in site.changes if site.sonic.id in c.instruments),
        rate=rate,
        seconds=seconds,
        slots=slots_of(seconds, rate),
        scalars=("t_sonic", *gases),
        variables=("u", "v", "w", "t_sonic", *gases, *sorted(slow)),
        windows=windows,
        searches={gas: search_window(site.decide.time_lag, gas, w, rate) for gas, w in windows.items()},
        donors=donors,
        lenders={gas: lag_lenders(site, gas) for gas in gases if gas not in donors},
        lags=lags,
        cell_variables=cell_variables,
        cell_lags=cell_lags,
        max_lag=round(site.condense.max_correlation_lag * rate) * conventions.correlation_reach,
        bins=site.condense.spectral_bins,
        far=far_lags(site, rate),
        high_pass=high_pass_filter(site, rate, conventions),
        conventions=conventions,
    )
    later = tuple((utc(start), make_plan(then)) for start, then in epochs(site))
    return with_epochs(plan, later) if later else plan


def with_epochs(plan: Plan, later: tuple[tuple[np.datetime64, Plan], ...]) -> Plan:
    """Return a plan that knows what changes, and whose lags and searches reach as far as any of them."""
    plans = (plan, *(then for _, then in later))

    def widest(tables: Sequence[Mapping[str, Lags]]) -> dict[str, Lags]:
        every = {name: [table[name] for table in tables] for name in tables[0]}
        return {n: Lags(min(x.first for x in each), max(x.last for x in each)) for n, each in every.items()}

    searches = {
        gas: SearchWindow(
            plan.searches[gas].nominal,
            min(p.searches[gas].first for p in plans),
            max(p.searches[gas].last for p in plans),
        )
        for gas in plan.searches
    }
    lags, cell_lags = widest([p.lags for p in plans]), widest([p.cell_lags for p in plans])
    return replace(plan, epochs=later, searches=searches, lags=lags, cell_lags=cell_lags)


def utc(instant: datetime) -> np.datetime64:
    """Return an instant as numpy has it."""
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "ns")


def high_pass_filter(site: Site, rate: float, conventions: Conventions) -> Filter | None:
    """Return the filter whose sums are kept, if any."""
    method, seconds = site.condense.high_pass, site.condense.time_constant
    if method == "none":
        return None
    return Filter(
        method,
        seconds,
        rate,
        running_mean_at_gaps=conventions.running_mean_at_gaps,
        line_at_gaps=conventions.line_at_gaps,
        whole_rate=conventions.filter_rate == "whole",
    )


def far_lags(site: Site, rate: float) -> FarLags | None:
    """Return the lags of the limit of detection, one per second, if it is wanted."""
    if not site.condense.far_lags:
        return None
    first, last = (round(seconds * rate) for seconds in site.condense.far_lags)
    return FarLags(first, last, max(1, round(rate)))


def lag_window(site: Site, gas: str, rate: float, electronics: float) -> SearchWindow:
    """Return a gas's lag window: as configured, else from the geometry and an open path's electronics [s]."""
    given = site.columns[gas].lag
    if given is not None:
        return to_samples(given.nominal, given.min, given.max, rate)
    analyser = site.analyser(gas)
    if analyser.closed:
        volume, flow = path_volume(analyser)
        return to_samples(*window_closed_path(volume, flow, sticky=site.gas_facts(gas).kind == "h2o"), rate)
    distance = np.hypot(horizontal_separation(analyser), analyser.vertical_separation)
    return to_samples(*window_open_path(float(distance), electronics=electronics), rate)


def search_window(options: TimeLag, gas: str, window: SearchWindow, rate: float) -> SearchWindow:
    """Return where a season's survey looks for a gas's lag: as configured, else in its lag window."""
    if gas not in options.search:
        return window
    low, high = options.search[gas]
    return to_samples(min(max(window.nominal / rate, low), high), low, high, rate)


def lag_donors(site: Site, windows: Mapping[str, SearchWindow]) -> dict[str, tuple[str, int]]:
    """Return of each gas that takes another's lag: which, and how much longer its own is expected to be."""
    donors = {gas: site.columns[gas].lag_from for gas in windows}
    return {
        gas: (donor, windows[gas].nominal - windows[donor].nominal)
        for gas, donor in donors.items()
        if donor is not None
    }


def lag_lenders(site: Site, gas: str) -> tuple[str, ...]:
    """Return the gases of the same analyser, then of the same inlet, whose lag serves where one is not seen.

    Walls of a tube hold vapour back, so that its lag there is nobody else's.
    """
    analyser = site.analyser(gas)

    def may(other: str) -> bool:
        sticky = "h2o" in (site.gas_facts(gas).kind, site.gas_facts(other).kind)
        return other != gas and site.columns[other].lag_from is None and not (analyser.closed and sticky)

    others = [(o, site.analyser(o)) for o in site.gases if may(o)]
    own = [o for o, its in others if its.id == analyser.id]
    beside = [o for o, its in others if its.id != analyser.id and same_inlet(its, analyser)]
    return (*own, *beside)


def same_inlet(one: GasAnalyser, other: GasAnalyser) -> bool:
    """Whether two analysers draw through one tube: of the same length and diameter, from the same place."""
    places = [
        (a.northward_separation, a.eastward_separation, a.vertical_separation, a.tube_length, a.tube_diameter)
        for a in (one, other)
    ]
    return None not in places[0] and places[0] == places[1]


def kept_lags(
    site: Site, windows: Mapping[str, SearchWindow], donors: Mapping[str, tuple[str, int]], rate: float
) -> dict[str, Lags]:
    """Return the lags that moments must hold, so that no decision or scheme of the site looks beyond them."""
    options = [site.decide.time_lag, *map(TimeLag.model_validate, site.schemes.get("time_lag", []))]
    lags = {"t_sonic": Lags(0, 0)}
    widest = max(
        how.open_path_electronics for how in ARITHMETIC.values()
    )  # another's arithmetic is tried too
    for gas, window in windows.items():
        reach = [
            window,
            lag_window(site, gas, rate, widest),
            *(search_window(option, gas, window, rate) for option in options),
        ]
        lags[gas] = Lags(min(0, *(w.first for w in reach)), max(0, *(w.last for w in reach)))
    for gas, (donor, offset) in donors.items():
        own, lent = lags[gas], lags[donor]
        lags[gas] = Lags(min(own.first, lent.first + offset), max(own.last, lent.last + offset))
    return lags


def with_cell_variables(
    lags: Mapping[str, Lags], cell_variables: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Lags], dict[str, Lags]]:
    """Return the lags to keep of scalars and of cells: variables of a cell have all lags of its gases."""
    kept, cells = dict(lags), dict[str, Lags]()
    for gas, names in cell_variables.items():
        for name in names:
            of = kept if name in lags else cells
            held = of.get(name, lags[gas])
            of[name] = Lags(min(held.first, lags[gas].first), max(held.last, lags[gas].last))
    return kept, cells


def path_volume(analyser: GasAnalyser) -> tuple[float, float]:
    """Return the volume of tube and cell, and the flow through them. [m3], [m3 s-1]"""
    if analyser.tube_length is None or analyser.tube_diameter is None or analyser.tube_flow is None:
        return 0.0, 1.0
    tube = np.pi * (analyser.tube_diameter / 2.0) ** 2 * analyser.tube_length
    cell = np.pi * (analyser.geometry.horizontal / 2.0) ** 2 * analyser.geometry.path
    return float(tube + cell), analyser.tube_flow * LITRES_PER_MINUTE


def horizontal_separation(analyser: GasAnalyser) -> float:
    """Horizontal distance of the analyser from the sonic. [m]"""
    return float(np.hypot(analyser.northward_separation, analyser.eastward_separation))


def sonic_path(site: Site) -> SonicPath:
    """Return the sonic's part in attenuation."""
    geometry = site.sonic.geometry
    return SonicPath(geometry.path, geometry.response)


def gas_path(site: Site, gas: str) -> GasPath:
    """Return a gas's part in attenuation."""
    analyser = site.analyser(gas)
    response, flushed = analyser.geometry.response, analyser.geometry.flushed
    if ARITHMETIC[site.decide.arithmetic].analyser_response == "same" and analyser.response_time is None:
        response, flushed = SAME_RESPONSE, False
    return GasPath(
        diffusivity=site.gas_facts(gas).diffusivity or np.nan,
        path=analyser.geometry.path,
        response=response,
        horizontal_separation=horizontal_separation(analyser),
        vertical_separation=analyser.vertical_separation,
        tube_length=analyser.tube_length,
        tube_diameter=analyser.tube_diameter,
        tube_flow=None if analyser.tube_flow is None else analyser.tube_flow * LITRES_PER_MINUTE,
        beam=analyser.geometry.horizontal,
        pressure=float(pressure_at(site.station.altitude)),
        flushed=flushed,
    )


def gas_plan(site: Site, gas: str) -> GasPlan:
    """Return what the steps know of a gas."""
    return GasPlan(
        analyser=site.analyser(gas),
        path=gas_path(site, gas),
        vapour=site.vapour_of(gas),
        given=site.given_quantity(gas),
        conditioned=site.gas_quantity(gas),
        decided=site.flux_quantity(gas),
        converts=site.converts(gas),
        dries_by_terms=site.dries_by_terms(gas),
        limits=gas_limits(site, gas),
        lag_given=(lag := site.columns[gas].lag) is not None,
        nominal_is=None if lag is None else lag.nominal_is,
        sticky=site.gas_facts(gas).kind == "h2o" and site.analyser(gas).closed,
    )


def sonic_limits(site: Site) -> dict[str, tuple[float, float]]:
    """Absolute limits of wind [m s-1] and sonic temperature [K]."""
    limits = site.condition.limits
    out: dict[str, tuple[float, float]] = {name: limits[name] for name in ("u", "w") if name in limits}
    if "t_sonic" in limits:
        low, high = limits["t_sonic"]
        out["t_sonic"] = (low + T_ZERO, high + T_ZERO)
    return out


def gas_limits(site: Site, gas: str) -> tuple[float, float] | None:
    """Absolute limits of a gas as a fraction [mol mol-1]."""
    facts, given = site.gas_facts(gas), site.condition.limits
    limits = given.get(gas, given.get(facts.kind, None if facts.kind in STANDARD else facts.limits))
    if limits is None:
        return None
    scale = 1e-3 if facts.kind == "h2o" else 1e-6
    return limits[0] * scale, limits[1] * scale


def spike_limits(site: Site) -> dict[str, float]:
    """Standard deviations beyond which a sample is a spike, by variable."""
    given = site.condition.spike_limit
    facts = {gas: site.gas_facts(gas) for gas in site.gases}
    return {gas: given.get(known.kind, known.spike_limit) for gas, known in facts.items()} | given


def fitting(plan: Plan, *, biased: bool) -> Fitting:
    """Return what planes are fitted to."""
    given = plan.decide.planar_fit
    moved = () if plan.conventions.planes_across_moves else plan.moved
    return Fitting(
        sectors=tuple(given.sectors),
        first_sector=given.first_sector,
        excluded=tuple(given.excluded),
        window=given.window_days,
        rolling=given.rolling,
        changes=tuple(sorted(np.datetime64(day, "D") for day in {*given.changes, *moved})),
        start=None if given.start is None else np.datetime64(given.start, "D"),
        end=None if given.end is None else np.datetime64(given.end, "D"),
        min_periods=given.min_periods,
        min_speed=given.min_speed,
        max_speed=given.max_speed,
        max_w=given.max_w,
        biased=biased,
        absolute_w=plan.conventions.plane_limit_of_w == "size",
    )
