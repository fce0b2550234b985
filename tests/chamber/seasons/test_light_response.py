from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber.seasons.light_response import LIGHT, PAR_FALGE, fit_light
from fluxkit.chamber.seasons.respiration import fit_respiration
from fluxkit.chamber.seasons.response import derivatives
from tests.chamber.least_squares import relative_offset

TRUTH = {name: [25.0, 0.045e6] for name in LIGHT} | {"non-rectangular": [25.0, 0.045e6, 0.8]}


def light(n: int = 80) -> np.ndarray:
    return np.random.default_rng(4).uniform(0, 1900e-6, n)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("form", LIGHT)
def test_a_curve_without_scatter_is_found_exactly(form, sign):
    par = light()
    y, _ = derivatives(LIGHT[form].formula, np.array(TRUTH[form]), [par])
    found = fit_light(sign * y, par, form=form)
    np.testing.assert_allclose(found.values[:2], sign * np.array(TRUTH[form][:2]), rtol=1e-6)


@pytest.mark.parametrize("form", LIGHT)
def test_all_begin_at_zero_with_the_slope_alpha(form):
    par = np.array([0.0, 1e-9])
    y, _ = derivatives(LIGHT[form].formula, np.array(TRUTH[form]), [par])
    assert y[0] == 0
    assert y[1] / par[1] == pytest.approx(0.045e6, rel=1e-5)


@pytest.mark.parametrize("form", [form for form in LIGHT if form != "falge"])
def test_full_light_gives_the_first_parameter(form):
    y, _ = derivatives(LIGHT[form].formula, np.array(TRUTH[form]), [np.array([1.0])])
    assert y[0] == pytest.approx(25.0, rel=1e-3)


def test_falge_gives_it_at_two_thousand():
    y, _ = derivatives(LIGHT["falge"].formula, np.array(TRUTH["falge"]), [np.array([PAR_FALGE])])
    assert y[0] == pytest.approx(25.0, rel=1e-12)


def test_an_unknown_form_names_the_known_ones():
    with pytest.raises(ValueError, match="known: michaelis-menten, falge"):
        fit_light(np.ones(9), light(9), form="langmuir")


@pytest.mark.reference
def test_fits_are_those_of_the_flux_package(shared):
    """Its search ends at a relative offset of 1e-5 (Bates & Watts), which its printed values must still meet.

    Reco is made of two numbers with six printed digits, whose last half digit is allowed for.
    """
    data = pd.read_csv(shared / "data/chamber/fluxpkg/tt.flux.csv").query("date == '2011-05-11'")
    data = data[~((data["CO2.r2.f"] == 0) & (data["CO2.nrmse.f"] == 0)) & (data.kind < 4)]
    table = pd.read_csv(shared / "reference/chamber/ref_gpp_fits.csv")
    for (method, spots), told in table.groupby(["method", "spots"], sort=False):
        some = data[data.spot.isin([int(spot) for spot in spots.split("+")])]
        curve, par = LIGHT[OWN[method]], 1e-6 * some.PAR.to_numpy()
        found = fit_light(uptake(some), par, form=curve.name)
        # Smith's and Mitscherlich's alpha has no sign of its own there.
        theirs = np.copysign(told.est.to_numpy() * [1, 1e6], found.values)
        offset, more, less = (
            relative_offset(curve, theirs, uptake(some, 219.947 + d, 482.377 + d), [par])
            for d in (0, 5e-4, -5e-4)
        )
        away = np.abs(found.values - theirs) / found.se
        errors = np.abs(found.se * [1, 1e-6] / told.se - 1)
        print(f"{method} {spots}: their offset {offset:.1e}; values {away.max():.1e} of their error off, "
              f"errors {errors.max():.1e}")  # fmt: skip
        assert found.n == told.n.iloc[0]
        assert min(offset, more, less) < 1e-5
        assert relative_offset(curve, found.values, uptake(some), [par]) < 1e-8
        assert away.max() < 1e-4
        assert errors.max() < 5e-5


OWN = {
    "Michaelis-Menten": "michaelis-menten",
    "Falge": "falge",
    "Smith": "smith",
    "Misterlich": "mitscherlich",
}


def uptake(closures, t1=219.947, e0=482.377):
    reco = t1 * np.exp(e0 * (1 / 56.02 - 1 / (closures["t.soil2"] + 46.02)))
    gpp = closures["CO2.flux"] - reco
    return (gpp - gpp.max()).to_numpy()


def test_useless_optima_say_so():
    """Light that never saturates gives any gpp_max; a corner sharper than two lines gives theta above 1."""
    par = np.linspace(50, 2000, 40) * 1e-6
    rng = np.random.default_rng(2)
    good = fit_light(LIGHT["smith"].formula(20.0, 5e4, par) + 0.1 * rng.standard_normal(40), par)
    assert good.doubts == ()
    straight = fit_light(1e4 * par - 1e4 * par**2 * 4 + 0.05 * rng.standard_normal(40), par)
    assert "no saturation was seen" in straight.doubts[0]
    sharp = replace(
        good, curve=LIGHT["non-rectangular"], values=np.array([20.0, 5e4, 1.2]), covariance=np.eye(3)
    )
    assert "theta is 1.2" in sharp.doubts[0]


def test_respiration_that_the_data_do_not_determine_says_so():
    flux = np.array([0.4332412, 0.6695896, 0.6856081, 0.5399929, 0.6124973, 0.5846266])
    t = np.array([-0.8261595, -0.6530032, -0.6253302, -0.5910069, -0.778583, -0.7245975]) + 273.15
    assert any(words.startswith("r_ref is 1317") for words in fit_respiration(flux, t).doubts)
