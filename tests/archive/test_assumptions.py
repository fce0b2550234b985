"""What had to be assumed is told, not only flagged."""

import logging

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.run import _tell_assumptions
from fluxkit.schema.variables import mask


def test_assumptions_are_warned_of_with_their_number_and_remedy(caplog: pytest.LogCaptureFixture) -> None:
    pressure = mask("LOSS_FLAG", "pressure_assumed")
    fluxes = xr.Dataset({"LOSS_FLAG": ("time", np.array([0, pressure, pressure | 1]))})
    with caplog.at_level(logging.WARNING):
        _tell_assumptions(fluxes)
    (message,) = caplog.messages
    assert message.startswith("2 of 3 periods: no pressure was measured")
    assert "columns.p_air" in message
