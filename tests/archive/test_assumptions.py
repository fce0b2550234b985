"""What had to be assumed is told, not only flagged."""

import logging

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.run import _tell_assumptions
from fluxkit.schema.variables import mask
from tests.tower.mast import make_site


@pytest.mark.parametrize(
    ("bit", "begin", "remedy"),
    [
        ("pressure_assumed", "2 of 3 periods: no pressure was measured", "columns.p_air"),
        (
            "humidity_of_neighbours",
            "2 of 3 periods: no vapour was measured: that of neighbouring periods instead",
            "decide.vapour_neighbour_hours",
        ),
    ],
)
def test_assumptions_are_warned_of_with_their_number_and_remedy(
    bit: str, begin: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    assumed = mask("LOSS_FLAG", bit)
    fluxes = xr.Dataset({"LOSS_FLAG": ("time", np.array([0, assumed, assumed | 1]))})
    with caplog.at_level(logging.WARNING):
        _tell_assumptions(fluxes, make_site())
    (message,) = caplog.messages
    assert message.startswith(begin)
    assert remedy in message
    assert f"decide.policy.{bit} = 'ignore'" in message  # why no flux is ever good
