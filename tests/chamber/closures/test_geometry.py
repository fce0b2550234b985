import numpy as np
import pytest

from fluxkit.chamber.closures.geometry import doubts_of, enclosed_volume

ONE = np.ones(1)


def test_volume_is_chamber_collar_and_tubing():
    volume = enclosed_volume(0.006 * ONE, np.nan * ONE, 0.03 * ONE, 0.05 * ONE, 2e-4 * ONE)
    assert volume[0] == pytest.approx(0.006 + 0.0015 + 0.0002)


def test_height_times_area_where_no_volume_is_known():
    assert enclosed_volume(np.nan * ONE, 0.2 * ONE, 0.03 * ONE, 0 * ONE, 0 * ONE)[0] == pytest.approx(0.006)


@pytest.mark.parametrize(
    ("volume", "area", "words"),
    [
        (6.17e-6, 0.0324, "in L, not in cm3"),
        (6.17, 0.0324, "in cm3, not in L"),
        (6.17e-3, 324.0, "in cm2, not in m2"),
        (0.225, 3.2e-5, "in m2, not in cm2"),
    ],
)
def test_a_slip_of_units_is_named(volume, area, words):
    assert words in doubts_of(np.array([volume]), np.array([area]))[0]


def test_real_chambers_are_not_doubted():
    # UGGA collar, LI-8100 custom chamber, Smart Chamber, tree chamber of 12.9 cm
    volume = np.array([6.17e-3, 0.225311, 683e-6, 2.60542e-4])
    area = np.array([0.0324, 0.3215, 0.0318, 2.02683e-3])
    assert doubts_of(volume, area) == {}
    assert doubts_of(np.array([np.nan]), np.array([0.03])) == {}


def test_nothing_enclosed_is_told():
    assert "must be above 0" in doubts_of(np.array([0.0]), np.array([0.03]))[0]
