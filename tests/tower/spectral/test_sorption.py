"""Water vapour that sticks to a tube, against planted fluxes: vapour follows step by step in time."""

import logging

import numpy as np
import pytest

from fluxkit.schema.variables import mask
from fluxkit.synthetic import slow_gases
from fluxkit.synthetic.trial import run_trial
from fluxkit.tower.settings import make_plan
from fluxkit.tower.spectral.cutoff_survey import in_situ_gases
from tests.tower import mast

CLASSES = len(slow_gases.HUMIDITIES)
KEPT = {"condition": {"despiking": "none"}}


def sections(preset: str = "fluxkit", **decide):
    """Nothing slower than the period is planted; the schemes of a preset are not looked at."""
    return KEPT | {"preset": preset, "schemes": {}, "decide": {"low_frequency": "none"} | decide}


def by_class(found: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Relative error of the mean flux of each class of humidity."""
    k = np.arange(planted.size) % CLASSES
    return np.array([found[k == c].sum() / planted[k == c].sum() - 1.0 for c in range(CLASSES)])


@pytest.mark.parametrize(("second", "snr"), [(0.0, 0.0), (0.3, 10.0)], ids=["first order", "second, noise"])
def test_sixty_periods(second, snr, caplog):
    """Fifteen a class: an eighth to more than half of LE is missing without, a few percent with it."""
    trial = slow_gases.sorption(second=second, snr=snr, realisations=60)
    with caplog.at_level(logging.WARNING):
        truth, (bare, default) = run_trial(trial, sections(sorption="none"), sections())
    assert not caplog.records
    missing = by_class(bare["LE"].values, truth["LE"])
    assert np.all(np.diff(missing) < -0.08)
    assert missing[0] < -0.06
    assert missing[-1] < -0.45
    assert np.all(np.abs(by_class(default["LE"].values, truth["LE"])) < 0.07)
    assert by_class(bare["H"].values, truth["H"])[-1] > 0.02
    assert np.all(np.abs(by_class(default["H"].values, truth["H"])) < 0.01)
    assert not np.any(default["LOSS_FLAG"].values & mask("LOSS_FLAG", "cutoff_missing"))
    np.testing.assert_array_equal(default["FC_SCF"], bare["FC_SCF"])


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["fluxkit", "icos"])
@pytest.mark.parametrize(("second", "snr"), [(0.0, 0.0), (0.0, 10.0), (0.3, 10.0), (0.3, 1.0)], ids=str)
def test_a_fortnight(second, snr, preset):
    trial = slow_gases.sorption(second=second, snr=snr, realisations=672)
    truth, (found,) = run_trial(trial, sections(preset))
    errors = by_class(found["LE"].values, truth["LE"])
    print(np.round(100.0 * errors, 1))
    assert np.all(np.abs(errors) < 0.05)
    assert np.all(np.abs(by_class(found["H"].values, truth["H"])) < 0.01)


def test_too_few_periods_take_the_theoretical_factor_and_say_so_once(caplog):
    """Also with the four schemes of preset icos."""
    trial = slow_gases.sorption(realisations=8)
    with caplog.at_level(logging.WARNING):
        _, (bare, default) = run_trial(trial, sections(sorption="none"), sections())
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("LE: water vapour sticks to the tube")
    assert "no class of RH has spectra enough" in told
    assert "2 at RH 55-65 %" in told
    assert "needed are 10 a class" in told
    assert np.all(default["LOSS_FLAG"].values & mask("LOSS_FLAG", "cutoff_missing"))
    np.testing.assert_array_equal(default["LE"], bare["LE"])
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        run_trial(trial, KEPT | {"preset": "icos"})
    assert sum("LE: water vapour" in record.getMessage() for record in caplog.records) == 1


def test_air_beyond_the_classes_takes_the_nearest_and_is_flagged(caplog):
    """Of the moistest air too few fluxes are large enough here: it has the cut-off of the class below."""
    trial = slow_gases.sorption(realisations=80)
    few = sections(cutoff={"min_spectra": 13, "unstable": {"ustar": 0.0, "h": 20.0, "le": 55.0}})
    with caplog.at_level(logging.WARNING):
        truth, (bare, found) = run_trial(trial, sections(sorption="none"), few)
    (told,) = [record.getMessage() for record in caplog.records]
    assert "LE: water vapour sticks to the tube" in told
    assert "25 % of its periods, in drier or moister air" in told
    flagged = (found["LOSS_FLAG"].values & mask("LOSS_FLAG", "cutoff_missing")) > 0
    np.testing.assert_array_equal(flagged, np.arange(80) % CLASSES == CLASSES - 1)
    without, held = (by_class(x["LE"].values, truth["LE"])[-1] for x in (bare, found))
    assert without < -0.45
    assert -0.4 < held < -0.1


def test_only_vapour_in_a_tube_is_sticky():
    closed, opened = mast.make_site(path="ratio"), mast.make_site(path="open")
    assert in_situ_gases(make_plan(closed)) == ("h2o",)
    assert in_situ_gases(make_plan(opened)) == ()
    for decide in ({"sorption": "none"}, {"high_frequency": "none"}):
        assert in_situ_gases(make_plan(mast.make_site(path="ratio", decide=decide))) == ()
    eddypro = make_plan(mast.make_site(path="ratio", preset="eddypro-6"))
    assert in_situ_gases(eddypro) == ()
    assert in_situ_gases(make_plan(mast.make_site(path="ratio", preset="icos"))) == ("co2", "h2o")
