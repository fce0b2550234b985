"""Uncertainty, verdicts and further gases through the whole chain, on planted fluxes."""

import numpy as np
import pytest

from fluxkit.schema.variables import mask
from fluxkit.tower.chain import condense, decide
from tests.tower import mast

NOISE = 4e-6  #: planted on the CO2 mixing ratio [mol mol-1]
#: An analyser with a path and response of one's own.
GENERIC = {"model": "generic-open", "path_length": 0.125, "path_horizontal": 0.01}
SECOND = mast.CLOSED | {"id": "g2"}


@pytest.fixture(scope="module")
def air():
    return mast.air(seed=11)


@pytest.fixture(scope="module")
def raw(air):
    seen = mast.seen(air, path="ratio")
    return mast.dataset(
        seen | {"co2": seen["co2"] + NOISE * np.random.default_rng(1).standard_normal(mast.N)}
    )


@pytest.fixture(scope="module")
def moments(raw):
    return condense(raw, mast.make_site(path="ratio"))


def decided(moments, **decide_):
    return decide(moments, mast.make_site(path="ratio", decide=mast.SPECTRA_OFF | decide_))


def value(fluxes, name: str) -> float:
    return float(fluxes[name].values[0])


def test_planted_noise_is_found_and_not_where_there_is_none(moments):
    fluxes = decided(moments)
    assert value(fluxes, "CO2_NOISE") == pytest.approx(
        NOISE * 1e6 * (1 - value(fluxes, "H2O") * 1e-3), rel=0.05
    )
    assert value(fluxes, "H2O_NOISE") < 0.05 * value(fluxes, "H2O_SIGMA")
    assert value(fluxes, "T_SONIC_NOISE") < 0.05 * value(fluxes, "T_SONIC_SIGMA")


METHODS = (
    "finkelstein-sims-2001", "mann-lenschow-1994", "billesbach-2011", "lenschow-2000", "langford-2015",
)  # fmt: skip


def test_methods_of_the_random_error_stand_in_their_order(moments):
    """Noise alone < order lost < everything.

    Mann & Lenschow's, with the time scale of the cross-covariance instead of that of the product w'x', is
    the largest, the more so as it takes noise for as long-lived as the flux.
    """
    by_method = {name: decided(moments, random_error=name) for name in METHODS}
    carbon = {name: value(fluxes, "FC_RANDUNC_HF") for name, fluxes in by_method.items()}
    total = carbon["finkelstein-sims-2001"]
    assert carbon["lenschow-2000"] < carbon["billesbach-2011"] < total
    assert 0.4 * total < carbon["langford-2015"] < 2.0 * total
    assert carbon["mann-lenschow-1994"] > 2.0 * total
    heat = {name: value(fluxes, "H_RANDUNC_HF") for name, fluxes in by_method.items()}
    assert 1.0 < heat["mann-lenschow-1994"] / heat["finkelstein-sims-2001"] < 3.0
    # Two half minutes of lags hold few independent values.
    assert 0.2 < heat["langford-2015"] / heat["finkelstein-sims-2001"] < 2.0
    momentum = {value(by_method[name], "TAU_RANDUNC_HF") for name in ("langford-2015", METHODS[0])}
    assert len(momentum) == 1
    assert "FC_RANDUNC_HF" not in decided(moments, random_error="none")


def test_noise_share_is_sigma_w_times_noise_over_root_n(moments):
    fluxes = decided(moments)
    per_volume = value(fluxes, "CO2_MOLAR_DENSITY") * 1e-3 / (value(fluxes, "CO2_MIXING_RATIO") * 1e-6)
    expected = value(fluxes, "W_SIGMA") * NOISE / np.sqrt(mast.N) * per_volume * 1e6
    assert value(fluxes, "FC_UNC_NOISE") == pytest.approx(expected, rel=0.05)


def test_limit_of_detection_is_three_times_langfords_error(moments):
    fluxes = decided(moments, random_error="langford-2015")
    assert value(fluxes, "FC_LOD") == pytest.approx(3.0 * value(fluxes, "FC_RANDUNC_HF"))
    assert "FC_LOD" in decided(moments)


def test_budget_is_the_root_of_the_sum_of_squares(moments):
    accuracy = {"w": 0.01, "co2": 0.02, "t_sonic": 0.01}
    fluxes = decided(moments, budget={"accuracy": accuracy}, high_frequency="moncrieff-1997")
    parts = [value(fluxes, f"FC_{p}") for p in ("RANDUNC_HF", "UNC_LAG", "UNC_SPECTRAL", "UNC_CALIBRATION")]
    assert value(fluxes, "FC_JOINTUNC") == pytest.approx(np.sqrt(np.sum(np.square(parts))))
    assert value(fluxes, "NEE_JOINTUNC") == value(fluxes, "FC_JOINTUNC")
    # A closed path's flux of a mixing ratio is its covariance: no other signal has a part in it.
    assert parts[3] == pytest.approx(abs(value(fluxes, "FC")) * np.hypot(0.01, 0.02))
    scf = value(fluxes, "FC_SCF")
    assert parts[2] == pytest.approx(abs(value(fluxes, "FC")) * (1 - 1 / scf) * 0.3)
    assert "LE_UNC_CALIBRATION" in fluxes  # by w's accuracy
    assert "FC_UNC_CALIBRATION" not in decided(moments)


def test_spread_of_schemes_enters_the_budget(moments):
    schemes = {"detrending": ["block", "linear"]}
    site = mast.make_site(path="ratio", decide=mast.SPECTRA_OFF, schemes=schemes)
    with_schemes, alone = decide(moments, site), decided(moments)
    joined = np.hypot(value(alone, "H_JOINTUNC"), value(with_schemes, "H_SPREAD"))
    assert value(with_schemes, "H_JOINTUNC") == pytest.approx(joined)
    assert value(with_schemes, "H_SPREAD") > 0


def test_the_policy_removes_with_a_reason(moments):
    good = decided(moments)
    assert value(good, "H_QC") < 2
    assert value(good, "H_QC_REASON") == 0
    strict = decided(moments, storage="none", policy={"storage_missing": "remove"})
    assert value(strict, "NEE_QC") == 2
    assert value(strict, "NEE_QC_REASON") == mask("NEE_QC_REASON", "storage_missing")
    assert value(strict, "FC_QC_REASON") == 0
    lenient = decided(moments, storage="none", policy={"storage_missing": "ignore"})
    assert value(lenient, "NEE_QC") <= value(decided(moments, storage="none"), "NEE_QC")


def test_what_is_missing_is_removed_for_what_it_lost(raw):
    lost = raw.assign(co2=raw["co2"] * np.nan)
    fluxes = decided(condense(lost, mast.make_site(path="ratio")))
    assert value(fluxes, "FC_QC") == 2
    assert value(fluxes, "FC_QC_REASON") == mask("FC_QC_REASON", "gas_missing")
    assert value(fluxes, "H_QC_REASON") == 0
    for name in fluxes:
        if str(name).endswith("_QC"):
            assert (fluxes[name].values[0] == 2) == (fluxes[f"{name}_REASON"].values[0] != 0), name


def test_nine_classes_beside_three(moments):
    fluxes = decided(moments, quality="foken-2003")
    nine, three = value(fluxes, "H_FOKEN_TEST"), value(fluxes, "H_SSITC_TEST")
    assert 1 <= nine <= 9
    assert (nine <= 2) <= (three == 0)
    assert "H_FOKEN_TEST" not in decided(moments)


def test_a_second_analyser_and_a_gas_of_ones_own(air):
    """An open path beside a closed one: CO2 by both is the same flux, and so is what follows CO2."""
    seen, ratio = mast.seen(air), mast.seen(air, path="ratio")
    data = seen | {"co2_2": ratio["co2"], "h2o_2": ratio["h2o"], "radon": 1e-3 * ratio["co2"]}
    closed = {
        "unit": "mol mol-1",
        "quantity": "mixing_ratio",
        "instrument": "g2",
        "lag": mast.LAG,
        "column": "x",
    }
    site = mast.make_site(
        columns={"co2_2": closed, "h2o_2": closed, "radon": closed},
        instruments=[mast.SONIC, mast.OPEN, SECOND],
        gas={"radon": {"molar_mass": 222.0, "diffusivity": 1e-5}},
        decide=mast.SPECTRA_OFF,
        condition={"despiking": "none", "absolute_limits": False},
    )
    raw = mast.dataset(data)
    fluxes = decide(condense(raw, site), site)
    assert value(fluxes, "FC_2") == pytest.approx(value(fluxes, "FC"), rel=0.02)
    assert value(fluxes, "FH2O_2") == pytest.approx(value(fluxes, "FH2O"), rel=0.02)
    assert value(fluxes, "FRADON") == pytest.approx(value(fluxes, "FC_2"), rel=1e-6)  # 1e-3, in nmol
    assert fluxes["FRADON"].attrs["units"] == "nmol m-2 s-1"
    assert fluxes["FC_2"].attrs["long_name"] == "Turbulent flux of carbon dioxide (analyser 2)"
    for tail in ("SCF", "SSITC_TEST", "RANDUNC_HF", "QC", "JOINTUNC"):
        assert np.isfinite(value(fluxes, f"FRADON_{tail}")), tail
    for tail in ("TLAG_USED", "NUM_SPIKES", "SIGMA", "VM97_TEST"):
        assert f"CO2_2_{tail}" in fluxes
    direct = decide(raw, site, path="direct")
    for name in ("FC_2", "FRADON", "FC_2_LOD", "FC_RANDUNC_HF"):
        assert value(direct, name) == pytest.approx(value(fluxes, name), rel=1e-3), name


def test_a_wrong_response_moves_an_open_path_as_the_spectral_part_says():
    """H 380, FC -1: a response of 0.02 s for 0.1 s, by which all the factor changes, not a share of FC."""
    air = mast.air(seed=3, cov_t=0.33, cov_co2=-2.5e-8, cov_h2o=2e-5)
    raw = mast.dataset(mast.seen(air))

    def fluxes(response):
        site = mast.make_site(
            instruments=[mast.SONIC, mast.OPEN | GENERIC | {"response_time": response}],
            decide={"high_frequency": "moncrieff-1997", "low_frequency": "none", "budget": {"spectral": 1.0}},
        )
        return decide(condense(raw, site), site)

    slow, fast = fluxes(0.1), fluxes(0.02)
    moved = abs(value(slow, "FC") - value(fast, "FC"))
    # What the response itself added is part of what all factors added.
    share = (value(slow, "FC_SCF") - value(fast, "FC_SCF")) / (value(slow, "FC_SCF") - 1.0)
    assert moved > 0.3
    assert value(slow, "FC_UNC_SPECTRAL") == pytest.approx(moved / share, rel=0.1)


#: H 380, FC -1: the flux is a tenth of the density corrections in it.
HOT = {"cov_t": 0.33, "cov_co2": -2.5e-8, "cov_h2o": 2e-5}
SLOPE = 0.05
#: What a slope that is wrong by SLOPE makes of an array of samples.
WRONG = {
    "co2": lambda x: x * (1 + SLOPE),
    "h2o": lambda x: x * (1 + SLOPE),
    "w": lambda x: x * (1 + SLOPE),
    "t_sonic": lambda x: x.mean() + (x - x.mean()) * (1 + SLOPE),
}


@pytest.mark.parametrize("path", ["open", "fraction"])
@pytest.mark.parametrize("signal", WRONG)
def test_a_wrong_slope_moves_fluxes_as_the_calibration_part_says(path, signal):
    """Samples with a wrong slope, condensed and decided again, against the part of the budget."""
    samples = mast.seen(mast.air(seed=3, **HOT), path=path, pitch=0.0)
    budget = {"accuracy": {signal: SLOPE}}
    site = mast.make_site(path=path, decide=mast.SPECTRA_OFF | {"budget": budget})

    def fluxes(data):
        raw = mast.dataset(data)
        return decide(condense(raw, site), site)

    right, wrong = fluxes(samples), fluxes(samples | {signal: WRONG[signal](samples[signal])})
    for flux in ("FC", "LE", "H", "FH2O", "TAU"):
        moved = abs(value(wrong, flux) - value(right, flux))
        said = value(right, f"{flux}_UNC_CALIBRATION") if f"{flux}_UNC_CALIBRATION" in right else 0.0
        assert said == pytest.approx(moved, rel=0.02, abs=3e-4 * abs(value(right, flux)) + 1e-9), flux
    if path == "open" and signal == "t_sonic":
        assert value(right, "FC_UNC_CALIBRATION") > 5 * SLOPE * abs(value(right, "FC"))


def test_left_wet_in_the_cell_a_wrong_vapour_moves_the_gas_as_its_part_says():
    samples = mast.seen(mast.air(seed=3), path="fraction", pitch=0.0)
    sections = {"condition": {"despiking": "none", "mixing_ratio": "none"}}
    decide_ = mast.SPECTRA_OFF | {"budget": {"accuracy": {"h2o": SLOPE}}}
    site = mast.make_site(path="fraction", decide=decide_, **sections)

    def fluxes(data):
        return decide(condense(mast.dataset(data), site), site)

    right, wrong = fluxes(samples), fluxes(samples | {"h2o": samples["h2o"] * (1 + SLOPE)})
    for flux in ("FC", "LE"):
        moved = abs(value(wrong, flux) - value(right, flux))
        assert value(right, f"{flux}_UNC_CALIBRATION") == pytest.approx(moved, rel=0.02)
