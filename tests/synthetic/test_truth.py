"""The table of known truth: what is kept is what comes out, and errors are as small as is promised."""

import importlib

import numpy as np
import pytest

from fluxkit.synthetic import truth
from tests.docs.conftest import DOCS

#: Steps of one to some realisations, each less than a second.
FAST = (
    "tilt, double rotation",
    "tilt, planar fit",
    "spikes",
    "resolution",
    "time lag",
    "density, open path",
    "density, cell",
    "humidity in sonic temperature",
    "cross-wind in sonic temperature",
    "transducer shadow",
    "angle of attack",
    "vertical wind of old firmware",
)

#: Largest error; 0.5 % where nothing is said. Drift is told in lags of whole samples; a standard deviation of
#: 60 values is itself known to 9 %; gaps and noise make random errors of about 0.4 %, of a flux below
#: detection 10 %.
BOUNDS = {("clock drift", "drift"): 0.03, ("random error", "FC_RANDUNC_HF"): 0.2, ("gaps", "FC"): 0.01,
          ("gaps", "H"): 0.01, ("noise", "FC"): 0.01, ("flux below detection", "FC"): 0.15}  # fmt: skip
#: Bounds of whole steps: what a method or a model cannot know. Amplitudes stand for phases in the older
#: theories; Horst's formula is for the physical lag; spectra of vapour and temperature are not quite alike;
#: what the air has at low frequencies is not what the model has.
BOUNDS_OF_STEPS = {
    "first-order response, moncrieff-1997": 0.015, "first-order response, massman-2000": 0.005,
    "second-order response, fratini-2012": 0.03, "second-order response, ibrom-2007": 0.03,
    "second-order response, horst-1997": 0.05, "sorption": 0.05, "averaging period": 0.015,
    "averaging period, spectral gap": 0.01, "averaging period, slow eddies": 0.05,
    "everything, closed path": 0.01,
}  # fmt: skip
#: Steps that only move numbers about: nothing is lost in them.
EXACT = 2e-4


@pytest.fixture(scope="module")
def kept():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        return importlib.import_module("truth").stored()


def test_every_step_is_kept_and_within_its_bound(kept):
    assert list(dict.fromkeys(row.step for row in kept)) == list(truth.STEPS)
    for row in kept:
        bound = BOUNDS.get((row.step, row.quantity), BOUNDS_OF_STEPS.get(row.step, 0.005))
        assert abs(row.error) < bound, f"{row.step}, {row.quantity}: {row.error:+.2%}; run `make truth`"
        assert row.scatter < 0.1


@pytest.mark.parametrize("step", FAST)
def test_quick_steps_give_what_is_kept(kept, step):
    expected = [row for row in kept if row.step == step]
    found = truth.rows([step])
    assert [row.quantity for row in found] == [row.quantity for row in expected]
    for row, old in zip(found, expected, strict=True):
        numbers = [row.planted, row.without, row.recovered]
        np.testing.assert_allclose(numbers, [old.planted, old.without, old.recovered], rtol=1e-6)
        assert abs(row.error) < (EXACT if step != "spikes" else 0.002)


def test_a_step_that_is_left_out_shows(kept):
    """Otherwise a row would prove nothing.

    Rotation by planes differs little from one by periods, and no model knows what slow eddies there are.
    """
    other = ("averaging period, spectral gap", "averaging period, slow eddies")
    small = ("tilt, planar fit", "sonic's path and response", *other)
    for row in kept:
        if not np.isnan(row.without) and row.step not in small:
            others = [r for r in kept if r.step == row.step]
            missed = np.nanmax([abs(r.without / r.planted - 1.0) for r in others])
            assert missed > max(0.01, 2.0 * abs(row.error)), row.step


@pytest.mark.parametrize(
    ("mast", "night"),
    [(truth.OPEN, False), (truth.OPEN, True), (truth.CLOSED, False)],
    ids=["open", "night", "closed"],
)
def test_six_realisations_with_every_defect(mast, night):
    """Scatter of one realisation is 1 %: the bound of 48 times the root of eight."""
    for row in truth.end_to_end(mast, "", "", night=night, realisations=6):
        assert abs(row.error) < 0.005 * np.sqrt(48 / 6), row.quantity


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mast", "night"),
    [(truth.OPEN, False), (truth.OPEN, True), (truth.CLOSED, False)],
    ids=["open", "night", "closed"],
)
def test_48_realisations_with_every_defect(mast, night):
    for row in truth.end_to_end(mast, "", "", night=night):
        print(f"{row.quantity}: {row.error:+.3%} ± {row.scatter:.3%}")
        bound = 0.01 if (mast, row.quantity) == (truth.CLOSED, "LE") else 0.005  # by spectra, not by theory
        assert abs(row.error) < bound, row.quantity
        assert abs(row.error) < 4 * row.scatter + 0.002, row.quantity
