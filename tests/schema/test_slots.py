"""Numbers of samples: periods that no whole number of samples fills."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.schema.slots import slots_of
from tests.tower import mast


@pytest.mark.parametrize(
    "rate", [0.1, 1.0, 3.33, 7.8125, 8.3333333, 10.0, 12.5, 20.0, 20.833, 31.25, 100 / 3]
)
@pytest.mark.parametrize("seconds", [30.0, 300.0, 1800.0, 3600.0])
def test_there_is_room_for_every_sample_of_a_period(rate, seconds):
    # Counted one by one: samples k / rate that lie within each of many periods.
    k = np.arange(int(rate * seconds * 40))
    counts = np.bincount(np.floor((k / rate + 1e-6) / seconds).astype(int))[:-1]
    assert counts.max() <= slots_of(seconds, rate) <= counts.max() + 1
    assert slots_of(slots_of(seconds, rate) / rate, rate) == slots_of(seconds, rate)


@pytest.mark.parametrize("rate", [3.33, 7.8125, 20.833])
def test_what_was_condensed_at_such_a_rate_can_be_decided(rate):
    raw = {"files": "*", "format": "delimited", "rate": rate, "file_time": "records"}
    site = mast.make_site(raw=raw, condense={"period": 2.0})
    n = int(rate * 120.0 * 3)
    data = mast.dataset(mast.seen(mast.air(n=2000)))
    time = mast.START + np.rint(np.arange(n) * 1e9 / rate).astype("m8[ns]")
    data = data.isel(time=np.resize(np.arange(2000), n)).assign_coords(time=time)
    moments = fk.condense(data, site)
    assert moments.records.values.sum() == n
    assert moments.records.values.max() <= slots_of(120.0, rate)
    assert fk.decide(moments, site).sizes["time"] == moments.sizes["time"] == 3
