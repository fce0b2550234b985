"""Vapour of neighbouring periods in place of what is missing."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.schema.variables import mask
from fluxkit.tower.density.neighbours import from_neighbours
from tests.tower import mast

NAN = np.nan
HOURS = np.datetime64("2024-07-01T00:00", "ns") + np.arange(8) * np.timedelta64(30, "m")


def lent(*x: float, hours: float = 1.0, time=None) -> list[float]:
    return from_neighbours(HOURS[: len(x)] if time is None else time, np.array(x), hours=hours).tolist()


def test_by_hand():
    assert lent(1.0, NAN, NAN, 4.0) == [
        pytest.approx(NAN, nan_ok=True),
        2.0,
        3.0,
        pytest.approx(NAN, nan_ok=True),
    ]
    np.testing.assert_array_equal(lent(NAN, NAN, NAN, 4.0), [NAN, 4.0, 4.0, NAN])
    np.testing.assert_array_equal(
        lent(1.0, NAN, NAN, NAN, NAN, NAN, 7.0), [NAN, 1.0, 1.0, NAN, 7.0, 7.0, NAN]
    )
    np.testing.assert_array_equal(lent(1.0, NAN, 2.0, hours=0.0), [NAN] * 3)
    np.testing.assert_array_equal(lent(NAN, NAN), [NAN] * 2)


def test_order_and_known_values_elsewhere_are_irrelevant():
    rng = np.random.default_rng(0)
    time = np.datetime64("2024-07-01", "ns") + np.arange(200) * np.timedelta64(30, "m")
    x = np.where(rng.random(200) < 0.5, NAN, rng.random(200))
    found = from_neighbours(time, x, hours=2.0)
    assert np.isnan(found[np.isfinite(x)]).all()
    mixed = rng.permutation(200)
    np.testing.assert_array_equal(from_neighbours(time[mixed], x[mixed], hours=2.0), found[mixed])
    for k in np.flatnonzero(np.isnan(x)):
        near = slice(max(k - 4, 0), k + 5)
        alone = from_neighbours(time[near], x[near], hours=2.0)[k - near.start]
        np.testing.assert_array_equal(alone, found[k])


# ---- through the chain ----


def flag(out: xr.Dataset, bit: str) -> list[bool]:
    return ((out["LOSS_FLAG"].values.astype(int) & mask("LOSS_FLAG", bit)) > 0).tolist()


@pytest.fixture(scope="module")
def morning() -> list[mast.AirSeries]:
    """Moister and moister air over three half hours, with more and more evaporation."""
    return [
        mast.air(seed=k, r_h2o=0.02 + 0.001 * k, cov_h2o=(1.5 + 0.3 * k) * 1e-4, cov_t=0.1) for k in range(3)
    ]


def decided(samples: list[dict], path: str, **decide) -> xr.Dataset:
    site = mast.make_site(path=path, decide=mast.SPECTRA_OFF | decide)
    return fk.decide(fk.condense(mast.dataset(*samples), site), site)


def without_vapour(samples: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return samples | {"h2o": np.full(mast.N, NAN)}


def test_an_open_path_without_vapour_takes_that_of_its_neighbours(morning):
    """Dry air would cost 5 % of H and a quarter of FC; there is no LE to be had."""
    samples = [mast.seen(a) for a in morning]
    whole = decided(samples, "open")
    samples[1] = without_vapour(samples[1])
    out = decided(samples, "open")
    for name, tolerance in (("H", 0.01), ("FC", 0.03), ("RHO", 1e-3), ("TA", 1e-3), ("E", 0.01)):
        np.testing.assert_allclose(out[name].values[1], whole[name].values[1], rtol=tolerance, err_msg=name)
    for name in ("LE", "FH2O", "ET", "H2O", "H2O_MIXING_RATIO"):
        assert np.isnan(out[name].values[1]), name
    assert np.isfinite(out["FC_RANDUNC_HF"].values[1])
    assert flag(out, "humidity_of_neighbours") == [False, True, False]
    assert flag(out, "humidity_missing") == [False] * 3
    assert out["H_QC"].values[1] >= 1
    for k in (0, 2):
        for name in ("H", "FC", "LE", "RHO"):
            assert out[name].values[k] == whole[name].values[k]
    dry = decided(samples, "open", vapour_neighbour_hours=0.0)
    assert flag(dry, "humidity_missing") == [False, True, False]
    assert abs(dry["H"].values[1] / whole["H"].values[1] - 1.0) > 0.03
    assert np.isnan(dry["FC"].values[1])


def test_a_wet_gas_in_a_cell_is_diluted_by_the_vapour_of_its_neighbours(morning):
    samples = [mast.seen(a, path="fraction") for a in morning]

    def run(samples, **decide):
        condition = {"despiking": "none", "mixing_ratio": "none"}
        site = mast.make_site(path="fraction", condition=condition, decide=mast.SPECTRA_OFF | decide)
        return fk.decide(fk.condense(mast.dataset(*samples), site), site)

    whole = run(samples)
    samples[1] = without_vapour(samples[1])
    out, dry = run(samples), run(samples, vapour_neighbour_hours=0.0)
    np.testing.assert_allclose(out["FC"].values[1], whole["FC"].values[1], rtol=0.02)
    assert abs(dry["FC"].values[1] / whole["FC"].values[1] - 1.0) > 0.1


def test_air_too_far_from_any_vapour_is_dry_and_said_to_be(morning):
    samples = [without_vapour(mast.seen(morning[0])) for _ in range(4)]
    samples[0] = mast.seen(morning[0])
    out = decided(samples, "open", vapour_neighbour_hours=1.0)
    assert flag(out, "humidity_of_neighbours") == [False, True, True, False]
    assert flag(out, "humidity_missing") == [False, False, False, True]


def test_eddypro_6_knows_no_neighbours(morning):
    site = mast.make_site(preset="eddypro-6", decide=mast.SPECTRA_OFF)
    samples = [mast.seen(morning[0]), without_vapour(mast.seen(morning[1])), mast.seen(morning[2])]
    out = fk.decide(fk.condense(mast.dataset(*samples), site), site)
    assert not any(flag(out, "humidity_of_neighbours"))


def test_a_slow_sensor_knows_humidity_but_not_its_flux(morning):
    """Relative humidity is measured beside; the vapour flux in H is that of the neighbours, and said so."""
    slow = {"files": "b.csv", "time_is": "end", "columns": {"rh": {"column": "RH", "unit": "%"}}}
    site = mast.make_site(decide=mast.SPECTRA_OFF, biomet=slow)
    samples = [mast.seen(a) for a in morning]
    time = mast.START + (np.arange(3) + 0.5) * np.timedelta64(30, "m")
    rh = xr.Dataset({"rh": ("time", np.full(3, 0.7))}, {"time": time}, {"interval_s": 1800.0})

    def run(samples):
        return fk.decide(fk.condense(mast.dataset(*samples), site), site, biomet=rh)

    whole = run(samples)
    samples[1] = without_vapour(samples[1])
    out = run(samples)
    assert flag(out, "humidity_of_neighbours") == [False, True, False]
    np.testing.assert_allclose(out["H"].values[1], whole["H"].values[1], rtol=0.01)
    np.testing.assert_allclose(out["RH"].values[1], whole["RH"].values[1], rtol=1e-6)
