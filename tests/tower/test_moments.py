"""The moments dataset: shape, gaps, version."""

import numpy as np
import pytest

from fluxkit.errors import MomentsError
from fluxkit.tower.condition import vickers_mahrt, vitale
from fluxkit.tower.moments import MOMENTS_VERSION, arrays_of, assemble, channel_pairs, dimensions, sizes
from fluxkit.tower.period_moments import FarLags, Lags, condense_period

SCALARS, VARIABLES = ("t_sonic", "co2"), ("u", "v", "w", "t_sonic", "co2")
SHAPE = {
    "scalars": SCALARS,
    "variables": VARIABLES,
    "lags": {"t_sonic": Lags(0, 0), "co2": Lags(-1, 3)},
    "max_lag": 5,
    "bins": 6,
}
STARTS = list(np.datetime64("2024-01-01", "ns") + np.arange(3) * np.timedelta64(60, "s"))


def record() -> dict:
    rng = np.random.default_rng(0)
    data = {name: rng.standard_normal(600) for name in VARIABLES}
    out = condense_period(
        data, rate=10.0, scalars=SCALARS, lags=SHAPE["lags"], max_lag=5, bins=6, far=FarLags(100, 200, 50)
    )
    counts = {name: np.arange(5) for name in ("spikes", "replaced", "limited", "diagnosed")}
    tested = {
        "vickers_mahrt": np.ones((5, len(vickers_mahrt.STATISTICS))),
        "vickers_mahrt_wind": np.ones(len(vickers_mahrt.WIND_STATISTICS)),
        "vitale": np.ones((3, len(vitale.STATISTICS))),
    }
    return out | counts | tested | {"records": np.array(600), "reason": np.array(0)}


def make(records):
    more = {"rate": 10.0, "slots": 600, "shifts": {"co2": 1}, "attrs": {"station": "X"}}
    return assemble(STARTS[: len(records)], records, **more, **SHAPE)


def test_every_array_has_the_size_it_declares():
    full = record()
    length = sizes(*SHAPE.values())
    for name, dims in dimensions(SCALARS).items():
        assert np.shape(full[name]) == tuple(length[d] for d in dims), name


def test_a_period_without_moments_is_nan_and_counts_nothing():
    ds = make([record(), {"records": np.array(7), "reason": np.array(2)}, record()])
    assert ds["records"].values.tolist() == [600, 7, 600]
    assert ds["reason"].values.tolist() == [0, 2, 0]
    for name in ("mean", "wind_mean", "quantiles", "cospectra", "co2_correlation", "wind_speed_max"):
        assert np.isnan(ds[name].values[1]).all(), name
        assert np.isfinite(ds[name].values[0]).any(), name
    for name in ("wind_sums", "co2_pairs", "t_sonic_sums", "valid", "spikes", "slots"):
        assert not np.any(ds[name].values[1]), name
    for name in ds:
        np.testing.assert_array_equal(ds[name].values[0], ds[name].values[2], err_msg=str(name))


def test_types_do_not_depend_on_what_is_there():
    whole, empty = make([record()]), make([{"records": np.array(0), "reason": np.array(1)}])
    for name in whole:
        assert whole[name].dtype == empty[name].dtype, name
        assert whole[name].dims == empty[name].dims, name
    none = make([])
    assert none.sizes["time"] == 0


def test_coordinates():
    ds = make([record()])
    assert ds["lag_co2"].values.tolist() == [-1, 0, 1, 2, 3]
    assert ds["time"].dtype == "datetime64[ns]"
    assert ds.attrs["period_s"] == 60.0
    assert ds["pair"].values.tolist() == channel_pairs(SCALARS)
    assert channel_pairs(SCALARS)[:5] == ["u.u", "u.v", "u.w", "u.t_sonic", "u.co2"]
    assert len(channel_pairs(SCALARS)) == 15


@pytest.mark.parametrize("version", [None, 0, MOMENTS_VERSION + 1])
def test_another_version_is_refused(version):
    ds = make([record()]).assign_attrs(moments_version=version)
    with pytest.raises(
        MomentsError, match=f"version {version}, .* reads version {MOMENTS_VERSION}: condense"
    ):
        arrays_of(ds)
