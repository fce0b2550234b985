"""Average spectra: what was planted of model and attenuation is what is drawn."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.physics.cospectra import cospectrum_moncrieff_1997
from fluxkit.report.ensembles import cospectra_figure, ensemble_sections, spectra_figure, transfer_figure
from fluxkit.report.evidence import Evidence
from fluxkit.report.page import render
from fluxkit.report.svg.marks import Line, Markers
from fluxkit.tower import settings
from fluxkit.tower.spectral.cutoff import gain_of_power
from tests import made_day
from tests.report.test_page import Checker

FREQUENCY = np.geomspace(1e-3, 10.0, 60)
CLASSES = ["below -0.5", "-0.5 to -0.1", "-0.1 to 0", "0 to 0.1", "0.1 to 0.5", "above 0.5"]
COUNTS = np.array([0.0, 12.0, 40.0, 1.0, 20.0, 0.0])
CUTOFF = 1.7  #: [Hz]
WIND = 4.0  #: [m s-1]


@pytest.fixture(scope="module")
def ensembles() -> xr.Dataset:
    height = settings.make_plan(made_day.site()).height
    reduced = np.where(COUNTS[:, None] > 0, FREQUENCY * height / WIND, np.nan)
    zeta = np.array([-1.0, -0.25, -0.05, 0.05, 0.25, 1.0])[:, None]
    model = cospectrum_moncrieff_1997(reduced, zeta, momentum=False)
    heat = FREQUENCY / (1.0 + 30.0 * FREQUENCY) ** (5 / 3)
    heat = np.where(COUNTS[:, None] > 0, heat, np.nan)
    two, one = ("stability", "frequency"), ("stability",)
    data = {"REDUCED_FREQUENCY": (two, reduced), "REDUCED_FREQUENCY_COUNT": (one, COUNTS)}
    for name, gain in (("T_SONIC", 1.0), ("CO2", gain_of_power(FREQUENCY, CUTOFF)), ("H2O", 1.0)):
        data |= {
            f"COSP_W_{name}": (two, model), f"COSP_W_{name}_COUNT": (one, COUNTS),
            f"OGIVE_W_{name}": (two, np.cumsum(model[:, ::-1], axis=1)[:, ::-1]),
            f"SPEC_{name}": (two, heat * gain), f"SPEC_{name}_COUNT": (one, COUNTS),
        }  # fmt: skip
    data |= {
        "CO2_CUTOFF_BY_MONTH": ("month", np.full(12, CUTOFF)),
        "CO2_BY_MONTH_COUNT": ("month", np.ones(12)),
    }
    return xr.Dataset(data, {"stability": CLASSES, "frequency": FREQUENCY})


def test_classes_with_enough_spectra_stand_beside_their_model(ensembles: xr.Dataset) -> None:
    drawing = cospectra_figure(ensembles, "CO2")
    left, right = drawing.panels
    lines = [mark for mark in left.marks if isinstance(mark, Line)]
    points = [mark for mark in left.marks if isinstance(mark, Markers)]
    assert len(lines) == len(points) == len(right.marks) == 3  # one spectrum is not enough
    for line, marks in zip(lines, points, strict=True):
        np.testing.assert_allclose(line.y, marks.y)
    keys = [key.label for legend in drawing.legends for key in legend.keys]
    assert keys == ["−0.5 to −0.1 (12)", "−0.1 to 0 (40)", "0.1 to 0.5 (20)"]


def test_the_ratio_of_spectra_is_the_planted_gain(ensembles: xr.Dataset) -> None:
    drawing, words = transfer_figure(ensembles, "co2", settings.make_plan(made_day.site()))
    ratio, theory, fitted = drawing.panels[0].marks
    np.testing.assert_allclose(ratio.y, fitted.y, rtol=0.01)
    assert "cut-off fitted is 1.7 Hz" in words
    assert f"{WIND:.1f} m s⁻¹" in drawing.panels[0].legends[0].keys[1].label
    # A path of 12.5 cm, a response of 0.1 s: amplitudes of a cospectrum.
    assert theory.y[0] == pytest.approx(1.0, abs=0.01)
    assert 0.0 < theory.y[-1] < 1.0 / np.sqrt(1.0 + (2 * np.pi * 10.0 * 0.1) ** 2)


def test_spectra_are_drawn_by_class(ensembles: xr.Dataset) -> None:
    drawing = spectra_figure(ensembles, ["T_SONIC", "CO2", "H2O"])
    assert len(drawing.panels) == 3
    *lines, slope = [mark for mark in drawing.panels[1].marks if isinstance(mark, Line)]
    assert len(lines) == 3
    np.testing.assert_allclose(lines[0].y, ensembles["SPEC_CO2"].values[1])
    assert np.diff(np.log(slope.y))[0] / np.diff(np.log(slope.x))[0] == pytest.approx(-2 / 3)


def test_the_section_says_what_it_holds(ensembles: xr.Dataset) -> None:
    (section,) = ensemble_sections(ensembles, made_day.site())
    assert len(section.figures) == 3 + 1 + 2  # three scalars, their spectra, two gases
    none = ensembles.assign({name: 0 * x for name, x in ensembles.items() if str(name).endswith("COUNT")})
    assert list(ensemble_sections(none, made_day.site())) == []


def test_stretches_of_time_have_drawings_of_their_own(ensembles: xr.Dataset) -> None:
    evidence = Evidence(ensembles=[ensembles, ensembles])
    page = render(made_day.fluxes(), evidence, made_day.site(), {}, [])
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert len(checker.names) == len(set(checker.names))
    assert "Ensemble spectra, stretch 2" in page
