"""One verdict from many tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.site.sections.policy import LOST, POLICY
from fluxkit.tower.quality_control.policy import apply_policy

BITS = {reason: 1 << k for k, reason in enumerate(POLICY)}


def verdict(flux, found, policy=POLICY, **more):
    masks = {reason: np.array(where, dtype=bool) for reason, where in found.items()}
    return apply_policy(np.array(flux, dtype=float), masks, policy=policy, bits=BITS, lost=LOST, **more)


def test_remove_advise_ignore() -> None:
    found = {"quality_class": [0, 1, 0, 0], "spikes": [0, 0, 1, 0], "below_detection": [0, 0, 0, 1]}
    quality, reasons = verdict([1.0, 1.0, 1.0, 1.0], found)
    assert quality.tolist() == [0, 2, 1, 0]
    assert reasons.tolist() == [0, BITS["quality_class"], 0, 0]


def test_the_users_policy_wins() -> None:
    mine = POLICY | {"spikes": "remove", "quality_class": "ignore"}
    quality, reasons = verdict([1.0, 1.0], {"quality_class": [1, 0], "spikes": [0, 1]}, mine)
    assert quality.tolist() == [0, 2]
    assert reasons.tolist() == [0, BITS["spikes"]]


def test_a_loss_concerns_only_what_it_lost() -> None:
    """CO2 missing takes FC away, not H; a missing value without a reason says that it was not computed."""
    lost = {"gas_missing": [1, 1, 0]}
    assert verdict([np.nan, 5.0, np.nan], lost).reasons.tolist() == [
        BITS["gas_missing"], 0, BITS["not_computed"],
    ]  # fmt: skip
    assert verdict([np.nan, 5.0, np.nan], lost).quality.tolist() == [2, 0, 2]


def test_two_reasons_are_both_told() -> None:
    quality, reasons = verdict([1.0], {"quality_class": [1], "severe_evidence": [1]})
    assert reasons[0] == BITS["quality_class"] | BITS["severe_evidence"]
    assert quality[0] == 2


def test_middling_quality_is_doubtful_not_removed() -> None:
    doubtful = np.array([True, False])
    assert verdict([1.0, 1.0], {}, doubtful=doubtful).quality.tolist() == [1, 0]
    assert doubtful.tolist() == [True, False]


def test_a_reason_without_a_bit_is_refused() -> None:
    with pytest.raises(KeyError, match="no bit or no policy for moon"):
        verdict([1.0], {"moon": [1]})


@given(st.lists(st.sampled_from([*POLICY, "none"]), min_size=1, max_size=30), st.data())
def test_every_removed_flux_has_a_reason_and_none_other(names, data) -> None:
    n = len(names)
    flux = data.draw(st.lists(st.sampled_from([1.0, float("nan")]), min_size=n, max_size=n))
    found = {reason: [name == reason for name in names] for reason in POLICY}
    quality, reasons = verdict(flux, found)
    np.testing.assert_array_equal(quality == 2, reasons != 0)
    assert np.all(quality[np.isnan(flux)] == 2)
