"""Signals that stand still are lost; coarse ones that live are not."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluxkit.archive.suspicions import standing_still
from fluxkit.schema.variables import entry
from fluxkit.tower import chain
from fluxkit.tower.condition.frozen import drop_frozen, held_for
from tests.tower import mast, test_dry

N = 18000
SHORT = 3000


@pytest.fixture(scope="module")
def data():
    """Five minutes."""
    return mast.seen(mast.air(n=SHORT), path="open")


def five(**sections):
    return mast.make_site(condense={"period": 5.0}, **sections)


def condense_one(samples, **sections):
    return chain.Condenser(five(**sections)).condense(samples, SHORT)


def bits(out, name="LOSS_FLAG"):
    known = entry(name)
    return {m for m, b in zip(known.flag_meanings, known.flag_masks, strict=True) if int(out) & b}


def turbulence(seed, n=N):
    """Red noise whose strength comes and goes."""
    e = np.random.default_rng(seed).normal(size=n)
    calm = 1.0 + 0.8 * np.sin(np.arange(n) / 3000.0)
    return lfilter([np.sqrt(1 - 0.95**2)], [1, -0.95], e) * calm


@pytest.mark.parametrize("resolution", [0.0, 0.001, 0.01, 0.1, 0.3, 1.0, 3.0])
def test_a_living_signal_keeps_every_sample(resolution):
    for seed in range(5):
        x = turbulence(seed)
        x = np.round(x / resolution) * resolution if resolution else x
        assert drop_frozen(x.copy(), 10.0) == 0
        assert held_for(x) == 1


@pytest.mark.parametrize("rate", [1.0, 5.0])
def test_slow_signals_live_and_freeze_alike(rate):
    n = round(1800 * rate)
    for resolution in (0.0, 0.01, 0.1, 1.0):
        x = turbulence(7, n)
        x = np.round(x / resolution) * resolution if resolution else x
        assert drop_frozen(x.copy(), rate) == 0
        assert held_for(x) == 1
        for share in (0.1, 0.5, 0.95) if resolution < 0.1 else ():
            frozen = x.copy()
            frozen[20 : 20 + round(share * n)] = x[20]
            assert drop_frozen(frozen, rate) == pytest.approx(share * n, abs=4)


def test_records_at_irregular_times_live_and_freeze_alike():
    """Gaps between records, as of a logger that skips scans."""
    x = turbulence(9)
    x[np.random.default_rng(1).random(N) < 0.2] = np.nan
    assert drop_frozen(x.copy(), 10.0) == 0
    assert held_for(x) == 1
    x[4000:9000] = np.where(np.isnan(x[4000:9000]), np.nan, 0.25)
    there = np.count_nonzero(~np.isnan(x[4000:9000]))
    assert drop_frozen(x, 10.0) == pytest.approx(there, abs=4)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("resolution", [0.001, 0.1])
@pytest.mark.parametrize("pieces", [1, 3])
def test_what_is_frozen_is_lost_and_nothing_else(share, resolution, pieces):
    x = np.round(turbulence(3) / resolution) * resolution
    frozen = np.zeros(N, bool)
    length = round(share * N / pieces)
    for k in range(pieces):
        begin = 200 + k * (N // pieces)
        x[begin : begin + length] = x[begin]
        frozen[begin + 1 : begin + length] = True
    before = x.copy()
    drop_frozen(x, 10.0)
    lost = np.isnan(x)
    # a value that happens to be there before or behind belongs to the same stay
    assert (lost & ~frozen).sum() <= 4 * pieces
    if length > 1500 or resolution < 0.01:
        assert (frozen & ~lost).sum() <= 4 * pieces
    np.testing.assert_array_equal(x[~lost], before[~lost])


@pytest.mark.parametrize("pieces", [20, 100])
def test_many_short_stays_of_a_lively_signal_are_lost(pieces):
    """5 s at a time."""
    x = np.round(turbulence(3) / 1e-3) * 1e-3
    frozen = np.zeros(N, bool)
    for begin in range(100, N - 60, N // pieces):
        x[begin : begin + 50] = x[begin]
        frozen[begin + 1 : begin + 50] = True
    lost = drop_frozen(x, 10.0)
    assert lost == np.isnan(x).sum() == pytest.approx(frozen.sum(), rel=0.02)


@pytest.mark.parametrize("steps", [2, 5, 10])
@pytest.mark.parametrize("resolution", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("missing", [0.0, 0.1, 0.3])
def test_held_values(steps, resolution, missing):
    x = turbulence(4)[::steps]
    x = np.round(x / resolution) * resolution if resolution else x
    held = np.repeat(x, steps)[:N]
    held[np.random.default_rng(1).random(N) < missing] = np.nan
    assert held_for(held) == steps
    held[500:900] = np.nan
    assert held_for(held) == steps


@pytest.mark.parametrize(
    ("name", "bit"),
    [("co2", "gas_missing"), ("h2o", "gas_missing"), ("t_sonic", "temperature_missing"),
     ("u", "wind_missing"), ("v", "wind_missing"), ("w", "wind_missing")],
)  # fmt: skip
def test_a_frozen_channel_has_its_reason_and_sentence(data, name, bit):
    x = data[name].copy()
    x[500:2500] = x[500]
    out = condense_one(data | {name: x})
    assert bits(out["reason"]) == {bit, "constant_channel"}
    assert any(
        sentence.startswith(f"{name}: 67 % of the samples repeat the one before")
        for sentence in out["reasons"]
    )
    kept = condense_one(data | {name: x}, condition={"frozen": "keep"})
    assert int(kept["reason"]) == 0


@pytest.mark.parametrize("gas", ["ch4", "n2o"])
def test_other_gases_freeze_alike(data, gas):
    x = 1e-4 * data["co2"]
    x[500:2500] = x[500]
    analyser = mast.make_site().columns["co2"].instrument
    columns = five().model_dump(exclude_unset=True)["columns"]
    column = {"column": gas, "unit": "mol m-3", "quantity": "density", "instrument": analyser}
    out = condense_one(data | {gas: x}, columns=columns | {gas: column})
    assert bits(out["reason"]) == {"gas_missing", "constant_channel"}


def test_the_state_of_a_cell_freezes_too():
    site = test_dry.closed({})
    rng = np.random.default_rng(0)
    data = {k: rng.standard_normal(SHORT) + 3.0 for k in ("u", "v", "w")}
    data |= {"t_sonic": 300.0 + rng.standard_normal(SHORT), "t_cell": 300.0 + rng.standard_normal(SHORT)}
    data |= {"co2": 0.016 + 1e-5 * rng.standard_normal(SHORT), "p_cell": 9e4 + rng.standard_normal(SHORT)}
    data = {k: x for k, x in data.items() if k in site.columns}
    condenser = chain.Condenser(site)
    assert int(condenser.condense(data, SHORT)["reason"]) == 0
    for p in (
        np.where(np.arange(SHORT) < 1500, data["p_cell"], data["p_cell"][1499]),
        np.full(SHORT, 90123.4),
    ):
        out = condenser.condense(data | {"p_cell": p}, SHORT)
        assert bits(out["reason"]) == {"gas_missing", "constant_channel"}
        assert any(sentence.startswith("p_cell: ") and "frozen" in sentence for sentence in out["reasons"])
    # A constant in round numbers may be a coarse sensor's: it is told, once for the archive.
    out = condenser.condense(data | {"p_cell": np.full(SHORT, 9e4)}, SHORT)
    assert int(out["reason"]) == 0
    (told,) = standing_still(out["tally"], site)
    assert told.startswith("columns.p_cell")
    assert "one value throughout each of 1 periods" in told


def test_a_little_is_left_out_and_told(data):
    x = data["co2"].copy()
    x[500:700] = x[500]
    out = condense_one(data | {"co2": x})
    assert int(out["reason"]) == 0
    assert len(out["reasons"]) == 1
    assert out["reasons"][0].startswith("co2: 7 % of the samples repeat the one before")
    (told,) = standing_still(out["tally"], five())
    assert told.startswith("columns.co2")
    assert "in 1 periods, which have 199 such samples" in told


def test_held_values_have_their_reason_and_sentence(data):
    x = np.repeat(data["co2"][::5], 5)
    out = condense_one(data | {"co2": x})
    assert bits(out["reason"]) == {"gas_missing", "constant_channel"}
    assert out["reasons"][0] == "co2: each value is held over 5 samples, it has 2 Hz (condition.frozen)"


def test_the_flux_is_lost_with_its_flag(data):
    x = data["co2"].copy()
    x[100:2900] = x[100]
    site = five()
    condenser = chain.Condenser(site)
    record = condenser.condense(data | {"co2": x}, SHORT)
    out = chain.decide(condenser.dataset([np.datetime64("2024-07-01", "ns")], [record]), site)
    assert np.isnan(out["FC"].values[0])
    assert np.isfinite(out["H"].values[0])
    assert out["FC_QC"].values[0] == 2
    assert "constant_channel" in bits(out["FC_QC_REASON"].values[0], "FC_QC_REASON")
