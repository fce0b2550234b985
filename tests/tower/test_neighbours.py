"""A half hour does not depend on its neighbours: not one bit of it, whatever else is decided with it.

What a decision learns from the season depends on other periods by definition, and is held fixed here: planes
of a planar fit, windows and lags that the season teaches, cut-off frequencies and what goes with them
(`LEARNT`). Compared apart or not at all: storage from one level by the arithmetic of EddyPro 6, which needs
the period before (`OF_THE_PERIOD_BEFORE`); outliers of the series of fluxes (`OF_THE_SERIES`); and in-situ
spectral corrections of that arithmetic, which are made no more once one of them failed. Vapour that is
missing is lent by periods within `decide.vapour_neighbour_hours`: tests/tower/density/test_neighbours.py.
"""

import itertools
from collections.abc import Iterator
from functools import cache
from typing import get_args

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxkit.site.models import Site
from fluxkit.site.sections.methods import Decide
from fluxkit.tower import batches, chain, survey
from fluxkit.tower import settings as tower_settings
from fluxkit.tower.minutes import minutes
from fluxkit.tower.series_methods import high_pass as filters
from fluxkit.tower.spectral.spectral_factors import IN_SITU
from tests.tower.mast import START, air, dataset, make_site, seen

N, PERIODS = 3000, 40  # five minutes each
HEIGHTS = [0.1 * k for k in range(1, 13)]  # so many that numpy's way of summing shows
SITES = ("open", "ratio", "changing")

CONDENSE = {
    "period": 5.0, "max_correlation_lag": 5.0, "far_lags": [50.0, 60.0], "prewhitening": True,
    "time_constant": 60.0,
    "partition": ["zahn-2022", "thomas-2008", "scanlon-2019"],
}  # fmt: skip

#: Held fixed, the one by what the tests hand over, the other by these settings.
LEARNT = {
    "planar_fit": {"min_periods": 5, "min_speed": 0.0},
    "cutoff": {
        "frequencies": {"co2": [0.7], "h2o": [0.4]},
        "factor": {"unstable": [0.01, 0.02], "stable": [0.02, 0.03]},
    },
}
OF_THE_PERIOD_BEFORE = {"SH", "SC", "SLE", "SH2O", "NEE", "NEE_QC", "LOSS_FLAG"}
OF_THE_SERIES = ("_VITALE_OUTLIER", "_VITALE_TEST")

#: Every method of every decision, as the configuration knows them.
METHODS = {
    name: get_args(field.annotation)
    for name, field in Decide.model_fields.items()
    if field.annotation is not None and all(isinstance(option, str) for option in get_args(field.annotation))
    if get_args(field.annotation)
}


def decisions(k: int) -> dict[str, object]:
    """Return the k-th set of methods; the first sets hold each method of each decision at least once."""
    return {name: options[k % len(options)] for name, options in METHODS.items()}


COVERING = [decisions(k) for k in range(max(map(len, METHODS.values())))]


# ---- a season of periods that differ ----


def period(k: int, path: str) -> dict[str, np.ndarray]:
    """Return samples of calm and windy, stable and unstable periods, with gaps and what is lost whole."""
    rng = np.random.default_rng(k)
    stable = k % 3 == 0
    seen_air = air(
        k, n=N, t_air=rng.uniform(275.0, 303.0),
        wind_speed=rng.uniform(0.8, 7.0), ustar=rng.uniform(0.08, 0.6),
        zeta=rng.uniform(0.02, 2.0) if stable else -rng.uniform(0.01, 2.0),
        cov_t=-0.03 if stable else rng.uniform(0.02, 0.25),
    )  # fmt: skip
    data = seen(seen_air, path=path, yaw=rng.uniform(0.0, 360.0), pitch=rng.uniform(-4.0, 4.0))
    for gas in ("co2", "h2o"):
        data[gas] = np.roll(data[gas], rng.integers(0, 10)) * (1.0 + 1e-4 * rng.standard_normal(N))
    if k % 4 == 1:
        for name in ("u", "t_sonic", "co2", "h2o"):
            begin = rng.integers(0, N - 150)
            data[name] = data[name].copy()
            data[name][begin : begin + rng.integers(1, 100)] = np.nan
    lost = {5: ["co2"], 6: ["t_sonic"], 9: list(data), 10: ["p_air"]}.get(k % 11, [])
    return data | {name: np.full(N, np.nan) for name in lost}


def site_of(kind: str, *, preset: str = "fluxkit", **decide) -> Site:
    more = {}
    if kind != "open":
        decide["self_heating"] = "none"  # of open paths only
    if kind == "changing":  # half way, among them the lag window
        more["changes"] = [
            {
                "start": str(START + np.timedelta64(300 * (PERIODS // 2), "s")),
                "station": {"canopy_height": 0.6, "displacement_height": 0.5},
                "instruments": {"g": {"tube_length": 3.0, "vertical_separation": -0.3}},
                "columns": {"co2": {"lag": {"nominal": 0.5, "min": -0.5, "max": 1.2}}},
            }
        ]
    quantity = {"columns": ["x"] * len(HEIGHTS), "unit": "mol mol-1", "quantity": "mixing_ratio"}
    profile = {
        "files": "p", "heights": HEIGHTS, "time_column": "t", "time_is": "middle", "window": 1.0,
        "columns": {"co2": quantity, "h2o": quantity},
    }  # fmt: skip
    return make_site(
        path=path_of(kind), preset=preset, condense=CONDENSE | {"high_pass": filter_of(decide)},
        profile=profile, decide=LEARNT | decide, **more,
    )  # fmt: skip


def path_of(kind: str) -> str:
    return "open" if kind == "open" else "ratio"


def filter_of(decide: dict[str, object]) -> str:
    wanted = str(decide.get("detrending"))
    return wanted if wanted in filters.METHODS else "none"


def profile() -> xr.Dataset:
    time = START - np.timedelta64(300, "s") + np.arange(30 * (PERIODS + 2)) * np.timedelta64(10, "s")
    x = np.random.default_rng(0).normal(4e-4, 1e-5, (time.size, len(HEIGHTS)))
    grid = ("time", "height")
    return xr.Dataset({"co2": (grid, x), "h2o": (grid, 30.0 * x)}, {"time": time, "height": HEIGHTS})


def biomet() -> xr.Dataset:
    time = START + np.timedelta64(5, "s") + np.arange(30 * PERIODS) * np.timedelta64(10, "s")
    t_air = np.random.default_rng(1).normal(290.0, 5.0, time.size)
    return xr.Dataset({"t_air": ("time", t_air)}, {"time": time}, {"interval_s": 10.0})


@cache
def samples(path: str) -> list[dict[str, np.ndarray]]:
    return [period(k, path) for k in range(PERIODS)]


@cache
def season(path: str, high_pass: str = "none") -> xr.Dataset:
    """Moments of all periods."""
    kept = {"high_pass": high_pass}
    return chain.condense(dataset(*samples(path)), make_site(path=path, condense=CONDENSE | kept))


class Decided:
    """One season decided, and any part of it again with what the whole taught."""

    def __init__(self, kind: str, **options) -> None:
        self.site = site = site_of(kind, **options)
        self.moments = moments = season(path_of(kind), site.condense.high_pass)
        plan = tower_settings.make_plan(site)
        others = [tower_settings.make_plan(s) for s in chain.schemes.scheme_sites(site).values()]
        self.learnt = survey.learn([moments], [plan, *others])
        self.slow = {"profile": profile(), "biomet": biomet()}
        self.whole = self.decide([moments])
        self.spectra = chain.spectra(moments, self.whole, site)

    def decide(self, parts: list[xr.Dataset]) -> xr.Dataset:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(survey, "learn", lambda parts, plans: self.learnt)
            return chain.decide(parts, self.site, **self.slow)

    def check(self, chosen: list[int]) -> None:
        """Compare the chosen periods, decided by themselves, with the same ones of the whole."""
        some = self.moments.isel(time=chosen)
        found = self.decide([some])
        assert_same_bits(found, self.whole.isel(time=chosen), self.left_out())
        assert_same_bits(chain.spectra(some, found, self.site), self.spectra.isel(time=chosen))

    def left_out(self) -> set[str]:
        decide = self.site.decide
        since_before = decide.storage != "none" and decide.arithmetic == "eddypro-6"
        return OF_THE_PERIOD_BEFORE if since_before else set()


def assert_same_bits(found: xr.Dataset, expected: xr.Dataset, left_out: set[str] = frozenset()) -> None:
    assert set(found.variables) == set(expected.variables)
    compared = 0
    for name in map(str, expected.data_vars):
        if name.removesuffix("_SCHEMES").removesuffix("_CONSENSUS").removesuffix("_SPREAD") in left_out:
            continue
        if not name.endswith(OF_THE_SERIES):
            np.testing.assert_array_equal(found[name].values, expected[name].values, err_msg=name)
            compared += 1
    assert compared > 0


def repeated_by_definition(decide: dict[str, object]) -> bool:
    """Whether an in-situ correction fails for all periods after one that it fails for."""
    return decide["arithmetic"] == "eddypro-6" and decide["high_frequency"] in IN_SITU


some_periods = st.lists(st.integers(0, PERIODS - 1), min_size=1, max_size=PERIODS, unique=True)


@pytest.fixture(scope="module", params=list(itertools.product(SITES, range(len(COVERING)))), ids=str)
def decided(request) -> Decided:
    kind, k = request.param
    decide = decisions(k)
    if repeated_by_definition(decide):
        decide["arithmetic"] = "fluxkit"
    return Decided(kind, **decide)


@given(some_periods)
@settings(max_examples=2)
def test_any_periods_in_any_order_have_the_bits_they_have_among_all(decided, chosen):
    decided.check(chosen)
    decided.check(chosen[:1])


def exhaustive() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each decision's methods one by one, and all pairs of those that share work."""
    for (name, options), kind, preset in itertools.product(
        METHODS.items(), ("open", "changing"), ("fluxkit", "eddypro-6")
    ):
        for option in options:
            yield kind, {"preset": preset, name: option}
    pairs = (("high_frequency", "lag"), ("high_frequency", "detrending"), ("rotation", "detrending"))
    for one, other in pairs:
        for options in itertools.product(METHODS[one], METHODS[other]):
            yield "ratio", dict(zip((one, other), options, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "options"), list(exhaustive()))
def test_every_method_gives_each_period_the_same_bits(kind, options):
    options = {"storage": "none"} | options
    if options.get("self_heating") == "burba-2008" and kind != "open":
        pytest.skip("of open paths only")
    if repeated_by_definition(site_of(kind, **options).decide.model_dump()):
        pytest.skip("depends on the periods before by that program's definition")
    all_together = Decided(kind, **options)
    rng = np.random.default_rng(0)
    for count in (1, 2, 8, 15, 17, 39):
        all_together.check(rng.permutation(PERIODS)[:count].tolist())


# ---- stretches of time that stay in order ----


@pytest.mark.parametrize("preset", ["fluxkit", "eddypro-6"])
@pytest.mark.parametrize("storage", METHODS["storage"])
def test_storage_rests_on_the_period_before_at_most(storage, preset):
    all_together = Decided("ratio", preset=preset, storage=storage)
    for first, last in ((0, 2), (3, 12), (7, 40), (30, 31)):
        found = all_together.decide([season("ratio").isel(time=slice(first, last))])
        begin = 0 if first == 0 or preset == "fluxkit" else 1
        there = slice(first + begin, last)
        if there.start < there.stop:
            assert_same_bits(found.isel(time=slice(begin, None)), all_together.whole.isel(time=there))


@pytest.mark.parametrize("preset", ["fluxkit", "icos"])
@pytest.mark.parametrize("bytes_at_once", [1, 100_000, 2**30])
def test_batches_of_any_size_give_the_same_bits(bytes_at_once, preset, monkeypatch):
    all_together = Decided("changing", preset=preset)
    monkeypatch.setattr(chain, "batches", lambda parts: batches.batches(parts, bytes_at_once))
    moments = all_together.moments
    edges = [0, 1, 2, 5, 13, 14, 31, PERIODS]
    parts = [moments.isel(time=slice(*ends)) for ends in itertools.pairwise(edges)]
    assert_same_bits(all_together.decide(parts), all_together.whole)


@pytest.mark.parametrize("after", [False, True])
def test_slow_records_of_other_days_leave_a_period_its_bits(after):
    """Means of slow records are not differences of running sums."""
    all_together = Decided("ratio", storage="profile")
    begin, end = (16, 18) if after else (20, 40)
    first = START + np.timedelta64(300 * (begin - 1), "s")
    cut = {name: x.sel(time=slice(first, None)) for name, x in all_together.slow.items()}
    if after:
        last = START + np.timedelta64(300 * (end + 1), "s")
        cut = {name: x.sel(time=slice(None, last)) for name, x in all_together.slow.items()}
    found = chain.decide(all_together.moments, all_together.site, **cut).isel(time=slice(begin, end))
    assert_same_bits(found, all_together.whole.isel(time=slice(begin, end)))


# ---- condensing, and the path that does without ----


@pytest.mark.parametrize(
    ("preset", "despiking", "high_pass", "wavelet"),
    [
        ("fluxkit", "vickers-mahrt-1997", "running-mean", "torrence-compo-1998"),
        ("icos", "mauder-2013", "exponential", "none"),
        ("fluxkit", "brock-1986", "linear-chunks", "none"),
        ("eddypro-6", "vickers-mahrt-1997", "none", "none"),
    ],
)
def test_condensing_any_stretch_gives_the_same_bits(preset, despiking, high_pass, wavelet):
    """Samples of a stretch also lie elsewhere in memory."""
    site = make_site(
        path="ratio",
        preset=preset,
        condense=CONDENSE | {"high_pass": high_pass, "wavelet": wavelet},
        condition={"despiking": despiking, "vitale_2020": high_pass == "running-mean"},
    )
    data = samples("ratio")[5:12]
    whole = chain.condense(dataset(*data), site)
    fluxes = chain.decide(whole, site)
    by_minute = minutes(whole, fluxes, site) if wavelet != "none" else None
    for first, last in ((0, 1), (1, 2), (2, 7)):
        start = START + np.timedelta64(300 * first, "s")
        found = chain.condense(dataset(*data[first:last], start=start), site)
        assert_same_bits(found, whole.isel(time=slice(first, last)))
        if by_minute is not None:
            alone = minutes(found, fluxes.isel(time=slice(first, last)), site)
            assert_same_bits(alone, by_minute.sel(time=alone["time"]))


@pytest.mark.parametrize("detrending", ["linear", "running-mean"])
def test_the_direct_path_gives_any_stretch_the_same_bits(detrending):
    site = site_of("ratio", detrending=detrending, storage="none")
    data = samples("ratio")[:12]
    whole = chain.decide(dataset(*data), site, path="direct")
    for first, last in ((0, 1), (2, 5), (5, 12)):
        start = START + np.timedelta64(300 * first, "s")
        found = chain.decide(dataset(*data[first:last], start=start), site, path="direct")
        assert_same_bits(found, whole.isel(time=slice(first, last)))
