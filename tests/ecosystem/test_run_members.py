"""A run with members of the thresholds: each is filled wholly, and their sums become an interval."""

import numpy as np

import fluxkit as fk
from fluxkit.ecosystem.processing.settings import Partition, Settings, Uncertainty, Ustar
from tests.ecosystem import tables


def test_members_are_filled_and_summed(tmp_path):
    """The highest threshold leaves nights of more than half a day without a record."""
    local, table = tables.series(60, minutes=30, first="2019-03-01")
    table["NEE"][::9] = np.nan
    path = tables.write(tmp_path / "DE-Abc_HH.csv", tables.fluxnet(local, table, 30))
    how = Settings(
        ustar=Ustar(thresholds={"5": 0.05, "50": 0.2, "95": 0.6}),
        partition=Partition(day="none"),
        uncertainty=Uncertainty(pairs=0),
    )
    done = fk.ecosystem.run(
        path,
        tmp_path / "out",
        config=how,
        latitude=tables.LATITUDE,
        longitude=tables.LONGITUDE,
        utc_offset_h=tables.OFFSET,
    )
    assert not [sentence for sentence in done.said if "could not be done" in sentence]
    assert done.data["NEE_USTAR"].isnull().any()
    assert not done.data["NEE_F_USTAR"].isnull().any()
    sums = done.sums.sel(variable="NEE")
    assert float(sums["ensemble"].squeeze()) > 0.0
    assert np.isfinite(sums["lower"]).all()
