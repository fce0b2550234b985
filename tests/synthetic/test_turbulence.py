import numpy as np
import pytest

from fluxkit.synthetic import spectra
from fluxkit.synthetic.turbulence import MAX_COHERENCE, PlantedScalar, surrogate

SCALARS = {
    "t": PlantedScalar(0.4, 0.06),
    "co2": PlantedScalar(1.2e-6, -1.5e-7),
    "quiet": PlantedScalar(0.1, 0.0),
}


def make(n=18000, **keywords):
    return surrogate(n, 10.0, ustar=0.3, scalars=SCALARS, **keywords)


@pytest.mark.parametrize("zeta", [-2.0, -0.1, 0.0, 0.05, 1.0])
@pytest.mark.parametrize("n", [18000, 6001])
@pytest.mark.parametrize("quadrature", ["paired", "random"])
def test_planted_moments_are_exact(zeta, n, quadrature):
    data = make(n, zeta=zeta, quadrature=quadrature, sigma_w=0.41, sigma_u=0.8, sigma_v=0.6).data
    for name, sigma in {"w": 0.41, "u": 0.8, "v": 0.6, "t": 0.4, "co2": 1.2e-6, "quiet": 0.1}.items():
        assert data[name].mean() == pytest.approx(0.0, abs=1e-13 * sigma)
        assert data[name].var() == pytest.approx(sigma**2, rel=1e-10)
    for name, covariance in {"u": -0.09, "t": 0.06, "co2": -1.5e-7}.items():
        assert np.mean(data["w"] * data[name]) == pytest.approx(covariance, rel=1e-10)
    for name in ("v", "quiet"):
        assert np.mean(data["w"] * data[name]) == pytest.approx(0.0, abs=1e-14)


def test_truth_adds_up():
    turbulence = make()
    for name, x in turbulence.data.items():
        assert turbulence.variance(name) == pytest.approx(x.var(), rel=1e-10)
    assert turbulence.covariance("t") == pytest.approx(0.06, rel=1e-12)
    assert turbulence.frequency[0] == pytest.approx(10.0 / 18000)
    assert turbulence.frequency[-1] < 5.0


def test_coherence_is_bounded():
    turbulence = make(zeta=-0.5)
    for name, co in turbulence.cospectrum.items():
        squared = co**2 / (turbulence.power["w"] * turbulence.power[name])
        assert squared.max() <= MAX_COHERENCE * (1 + 1e-12)


@pytest.mark.parametrize("zeta", [-0.5, 0.3])
def test_inertial_slope(zeta):
    # High above ground, where the last decade below 5 Hz lies well beyond the peak.
    turbulence = make(zeta=zeta, height=60.0)
    f = turbulence.frequency
    tail = f > 0.5
    for name in ("w", "u", "v", "t"):
        slope = np.polyfit(np.log(f[tail]), np.log(f[tail] * turbulence.power[name][tail]), 1)[0]
        assert slope == pytest.approx(-2 / 3, abs=0.03)


@pytest.mark.parametrize("zeta", [-0.5, 0.3])
def test_model_is_recovered_from_samples(zeta):
    """Spectra and cospectra of the series, not of the bookkeeping, over several seeds."""
    n, total_w, total_co = 6000, 0.0, 0.0
    for seed in range(5):
        data = make(n, zeta=zeta, seed=seed, quadrature="random").data
        w, t = np.fft.rfft(data["w"])[1 : n // 2], np.fft.rfft(data["t"])[1 : n // 2]
        total_w, total_co = total_w + np.abs(w) ** 2, total_co + np.real(np.conj(w) * t)
    f = np.arange(1, n // 2) * 10.0 / n
    for found, model in (
        (total_w, spectra.power("w", f, zeta)),
        (total_co, spectra.cospectrum("scalar", f, zeta)),
    ):
        ratio = found / (model / f)
        np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-6)


def test_quadrature_scatters_about_zero():
    turbulence = make(seed=4, quadrature="random")
    w, t = np.fft.rfft(turbulence.data["w"])[1:9000], np.fft.rfft(turbulence.data["t"])[1:9000]
    phase = np.sign(np.imag(np.conj(w) * t))
    assert abs(phase.mean()) < 4 / np.sqrt(phase.size)
    paired = make(seed=4).data
    w, t = np.fft.rfft(paired["w"])[1:9000], np.fft.rfft(paired["t"])[1:9000]
    phase = np.sign(np.imag(np.conj(w) * t))
    assert np.all(phase[:-1:2] == -phase[1::2])


def test_seed_decides():
    np.testing.assert_array_equal(make(seed=3).data["co2"], make(seed=3).data["co2"])
    assert not np.allclose(make(seed=3).data["co2"], make(seed=4).data["co2"])


def test_series_look_gaussian():
    w = make(seed=1).data["w"]
    standard = w / w.std()
    assert abs(np.mean(standard**3)) < 0.3
    assert np.mean(standard**4) == pytest.approx(3.0, abs=0.4)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"scalars": {"t": PlantedScalar(0.1, 0.06)}}, "t: a covariance of 0.06 .* at most"),
        ({"scalars": {"w": PlantedScalar(0.1, 0.0)}}, "w is wind; give sigma_w"),
        ({"scalars": {}, "n": 8}, "at least 16"),
    ],
)
def test_refusals(keywords, message):
    with pytest.raises(ValueError, match=message):
        surrogate(**{"n": 1000, "rate": 10.0, "ustar": 0.3, **keywords})


def test_largest_covariance_named_in_the_message_is_accepted():
    with pytest.raises(ValueError, match="at most") as caught:
        surrogate(1000, 10.0, ustar=0.3, scalars={"t": PlantedScalar(0.1, 0.06)})
    most = float(str(caught.value).split("at most ")[1].split()[0])
    data = surrogate(1000, 10.0, ustar=0.3, scalars={"t": PlantedScalar(0.1, 0.999 * most)}).data
    assert np.mean(data["w"] * data["t"]) == pytest.approx(0.999 * most, rel=1e-10)
