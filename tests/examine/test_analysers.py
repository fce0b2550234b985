"""Gases of one analyser come together; those of another one come when its tube says."""

from itertools import pairwise

import numpy as np
import pytest

from fluxkit.examine import columns
from fluxkit.examine.analysers import Signal, analyser_doubts, best_lag

RATE, N = 10.0, 18000


def air(seed: int) -> dict[str, np.ndarray]:
    """Vertical wind, temperature and gases that go with each other, as turbulence does: red, with noise."""
    rng = np.random.default_rng(seed)
    common, own = (np.cumsum(rng.normal(0.0, 1.0, (k, N + 400)), axis=1) for k in (1, 4))
    relaxed = np.exp(-np.arange(600) / 60.0)
    series = [np.convolve(np.diff(x, prepend=0.0), relaxed)[: N + 400] for x in (*common, *own)]
    weights = {"w": 0.6, "t_sonic": 0.8, "co2": -0.7, "h2o": 0.8}
    return {
        name: weight * series[0] + 0.7 * other + rng.normal(0.0, 0.3, N + 400)
        for (name, weight), other in zip(weights.items(), series[1:], strict=True)
    }


def late(x: np.ndarray, lag_s: float) -> np.ndarray:
    k = 200 - round(lag_s * RATE)
    return x[k : k + N]


@pytest.mark.parametrize("lag_s", [-3.0, 0.0, 0.4, 5.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_lag_of_two_signals(lag_s: float, seed: int) -> None:
    x = air(seed)
    assert best_lag(late(x["co2"], 0.0), late(x["h2o"], lag_s), RATE) == pytest.approx(lag_s, abs=0.11)


def test_signals_that_do_not_go_together_have_no_lag() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, N))
    assert best_lag(one, other, RATE) is None
    assert best_lag(one, np.full(N, 3.0), RATE) is None
    assert best_lag(one, np.full(N, np.nan), RATE) is None
    assert best_lag(one[:99], other[:99], RATE) is None


#: Analyser -> whether it has a tube, lag of carbon dioxide and of vapour.
RIGS = {"open": (False, 0.0, 0.0), "short": (True, 0.3, 0.6), "long": (True, 3.0, 4.5)}


def signals(x: dict[str, np.ndarray], rigs: list[str], sources: dict[str, str]) -> list[Signal]:
    """All gases of some analysers; ``sources`` says whose column another one's gas is read from."""
    found = []
    for number, rig in enumerate(rigs, start=1):
        closed, co2, _ = RIGS[rig]
        for kind in ("co2", "h2o"):
            name = kind if number == 1 else f"{kind}_{number}"
            lag = RIGS[sources.get(name, rig)][1 if kind == "co2" else 2]
            found.append(Signal(name, kind, rig, closed, co2, late(x[kind], lag)))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rigs", [["open"], ["short"], ["long"], *map(list, pairwise(RIGS))])
def test_gases_of_their_own_analysers_raise_no_doubt(rigs: list[str], seed: int) -> None:
    x = air(seed)
    wind = [late(x[name], 0.0) for name in ("t_sonic", "w")]
    assert not list(analyser_doubts(signals(x, rigs, {}), wind, RATE))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("rigs", "sources", "names"),
    [
        (["open"], {"h2o": "long"}, ("columns.co2, columns.h2o",)),
        (["long"], {"h2o": "open"}, ("columns.co2, columns.h2o",)),
        (["open", "long"], {"co2": "long", "co2_2": "open"}, ("columns.co2, columns.co2_2",)),
        (
            ["open", "long"],
            {"co2": "long", "co2_2": "open", "h2o": "long", "h2o_2": "open"},
            ("columns.co2, columns.co2_2", "columns.h2o, columns.h2o_2"),
        ),
    ],
    ids=["vapour of a tube", "vapour of open air", "two columns", "all columns"],
)
def test_columns_of_another_analyser(rigs: list, sources: dict, names: tuple, seed: int) -> None:
    x = air(seed)
    wind = [late(x[name], 0.0) for name in ("t_sonic", "w")]
    told = list(analyser_doubts(signals(x, rigs, sources), wind, RATE))
    assert {doubt.check for doubt in told} == {"analysers"}
    assert {doubt.sentence.split(":")[0] for doubt in told} == set(names)


@pytest.mark.parametrize(
    ("name", "model", "count"),
    [
        ("CO2_LI7500", "li-7500", 0),
        ("CO2_LI-7500", "li-7200", 1),
        ("co2", "li-7200", 0),
        ("H2O_7200", "li-7200rs", 0),
    ],
)
def test_a_name_tells_the_model(name: str, model: str, count: int) -> None:
    assert len(list(columns.model_doubts("co2", name, "irga", model))) == count


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (("Ux_1", "Uy_1", "Uz_1"), 0),
        (("Ux_1", "Uy_1", "Uz_2"), 1),
        (("c_1", "c_2", "c_3"), 0),
        (("u", "v", "w"), 0),
    ],
)
def test_numbers_tell_the_sonic(names: tuple[str, ...], count: int) -> None:
    given = {
        variable: columns.Named(name, variable if name[0] in "Uuvw" else "", "", "m s-1", 1.0, 0.0)
        for variable, name in zip("uvw", names, strict=True)
    }
    doubts = list(columns.sonic_doubts(given))
    assert len(doubts) == count
    assert all(doubt.sentence.startswith("columns.w:") for doubt in doubts)


def test_a_gain_of_zero_is_named() -> None:
    (doubt,) = columns.gain_doubts({"columns.p_cell": 0.0, "columns.co2": 1.0})
    assert (doubt.check, doubt.sentence.split(":")[0]) == ("stuck", "columns.p_cell")
