"""Half hours whose sources turbulence tells apart, beside what nights and light curves make of them."""

import numpy as np
import xarray as xr

#: Methods by high-frequency data, as the ends of their variables call them (fluxkit.tower.series_methods).
TURBULENCE = ("CEC", "MREA", "FVS")
#: What is compared: the flux of the carbon balance, the variable by turbulence, its sign.
PAIRS = {"GPP": ("FC_P", -1.0), "RECO": ("FC_R", 1.0)}
METHODS = ("NT", "DT")
#: Half hours from which on something is said.
FEWEST = 20


def compare_sources(ds: xr.Dataset) -> xr.Dataset:
    """Compare partitioned fluxes with those that quadrants or variances of the turbulence tell apart.

    Canopy photosynthesis by turbulence has the leaves' own respiration taken off already, and respiration
    is that of the ground alone: both are smaller than GPP and RECO by what leaves respire. They are there
    in half hours in which the method could share the flux out, mostly by day.

    Parameters
    ----------
    ds : xr.Dataset
        ``FC_P_CEC``, ``FC_R_CEC`` and the same of ``MREA`` and ``FVS``, what there is of them, and
        ``GPP_NT``, ``RECO_NT``, ``GPP_DT``, ``RECO_DT`` [umol m-2 s-1] over ``time``.

    Returns
    -------
    xr.Dataset
        Over ``turbulence``, ``flux`` (GPP, RECO) and ``parted`` (NT, DT): ``n``, half hours that both
        have; over these ``mean_turbulence`` and ``mean`` [umol m-2 s-1], and ``r``, their correlation. NaN
        where there are fewer than twenty.

    References
    ----------
    .. [1] Zahn et al., Agric. For. Meteorol. 315, 108790, 2022.
    .. [2] Scanlon et al., Agric. For. Meteorol. 274, 54-66, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> light = np.abs(np.sin(np.arange(960) / 48 * np.pi))
    >>> ds = xr.Dataset({"FC_P_CEC": ("time", -8.0 * light), "GPP_NT": ("time", 10.0 * light)})
    >>> one = fk.ecosystem.compare_sources(ds).sel(turbulence="CEC", flux="GPP", parted="NT")
    >>> int(one.n), round(float(one.mean_turbulence / one["mean"]), 2), round(float(one.r), 2)
    (960, 0.8, 1.0)
    """
    shape = (len(TURBULENCE), len(PAIRS), len(METHODS))
    n = np.zeros(shape, np.int64)
    found = {name: np.full(shape, np.nan) for name in ("mean_turbulence", "mean", "r")}
    for place in np.ndindex(*shape):
        flux, (source, sign) = list(PAIRS.items())[place[1]]
        names = (f"{source}_{TURBULENCE[place[0]]}", f"{flux}_{METHODS[place[2]]}")
        if not all(name in ds and ds[name].dims == ("time",) for name in names):
            continue
        x, y = sign * np.asarray(ds[names[0]].values, np.float64), np.asarray(ds[names[1]].values, np.float64)
        both = np.isfinite(x) & np.isfinite(y)
        n[place] = both.sum()
        if n[place] < FEWEST:
            continue
        x, y = x[both], y[both]
        found["mean_turbulence"][place], found["mean"][place] = x.mean(), y.mean()
        spread = x.std() * y.std()
        found["r"][place] = np.mean((x - x.mean()) * (y - y.mean())) / spread if spread > 0.0 else np.nan
    dims = ("turbulence", "flux", "parted")
    units = {"mean_turbulence": "umol m-2 s-1", "mean": "umol m-2 s-1", "r": "1"}
    return xr.Dataset(
        {"n": (dims, n), **{name: (dims, x, {"units": units[name]}) for name, x in found.items()}},
        {"turbulence": list(TURBULENCE), "flux": list(PAIRS), "parted": list(METHODS)},
    )


def source_rows(ds: xr.Dataset) -> list[tuple[str, ...]]:
    """Return the lines of a table: turbulence, what is compared, half hours, both means, correlation."""
    compared = compare_sources(ds)
    rows = []
    for place in np.ndindex(*compared["n"].shape):
        one = compared.isel(dict(zip(("turbulence", "flux", "parted"), place, strict=True)))
        if int(one["n"]) >= FEWEST:
            numbers = (f"{float(one[name]):.2f}" for name in ("mean_turbulence", "mean", "r"))
            flux, method = str(one["flux"].values), str(one["parted"].values)
            who = (str(one["turbulence"].values), f"{PAIRS[flux][0]}, {flux}_{method}", str(int(one["n"])))
            rows.append((*who, *numbers))
    return rows
