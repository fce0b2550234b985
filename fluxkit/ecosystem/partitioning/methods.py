"""Net exchange parted into gross uptake and respiration, by any of the methods."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.partitioning import day_curved, day_time, night_pooled, night_time
from fluxkit.ecosystem.partitioning.parted import Parted
from fluxkit.ecosystem.partitioning.records import PartitioningError, Records

Array = npt.NDArray[np.float64]

#: By method and variant; a method of one's own is one more entry: (Records, bootstraps=, seed=) -> Parted.
METHODS: dict[tuple[str, str], Callable[..., Parted]] = {
    ("night", "fluxkit"): night_pooled.fluxkit,
    ("day", "fluxkit"): day_curved.fluxkit,
    ("night", "reddyproc"): night_time.reddyproc,
    ("day", "reddyproc"): day_time.reddyproc,
    ("day", "reddyproc-lasslop"): day_time.reddyproc_lasslop,
    ("night", "oneflux"): night_time.oneflux,
    ("day", "oneflux"): day_time.oneflux,
    ("night", "keenan-2019"): night_time.keenan_2019,
    ("day", "keenan-2019"): day_time.keenan_2019,
}
Variables = dict[str, tuple[str | tuple[str, ...], npt.NDArray[Any], dict[str, str]]]
_SUFFIX = {"night": "NT", "day": "DT"}
_FLUX = "umol m-2 s-1"
_UNITS = {
    "T_RANGE": "K", "E0": "K", "E0_SE": "K", "E0_UNTRIMMED": "K", "E0_UNTRIMMED_SE": "K",
    "RREF": _FLUX, "RREF_SE": _FLUX, "RREF_NIGHT": _FLUX,
    "RREF_UNTRIMMED": _FLUX, "RREF_UNTRIMMED_SE": _FLUX,
    "BETA": _FLUX, "BETA_SE": _FLUX, "ALPHA": "umol J-1", "ALPHA_SE": "umol J-1",
    "K": "hPa-1", "K_SE": "hPa-1",
    "N": "1", "USED": "1",
}  # fmt: skip


def partition(
    o: xr.Dataset,
    *,
    method: str = "night",
    variant: str = "fluxkit",
    bootstraps: int = 0,
    seed: int = 0,
    temperature: str = "TA",
) -> xr.Dataset:
    """Part net exchange into gross uptake and respiration.

    Parameters
    ----------
    o : Dataset
        Half hours as :func:`fluxkit.ecosystem.fill` returns them: NEE_F with NEE_F_QC (0 measured) and
        NEE_F_SD, or NEE [umol m-2 s-1]; TA [degC]; SW_IN [W m-2]; VPD [hPa]. Filled drivers (TA_F, ...) are
        taken where there are some.
    method : {"night", "day"}
        Respiration from nights (Reichstein et al., 2005), or from light response
        curves (Lasslop et al., 2010).
    variant : str, default "fluxkit"
        Whose rules; `METHODS` lists them.
    bootstraps : int, default 0
        Resamplings for the uncertainty of parameters; 0 takes what the fit itself says. "fluxkit" makes that
        many members.
    seed : int, default 0
        Of these.
    temperature : str, default "TA"
        Variable that drives respiration; "TS" takes the soil's.

    Returns
    -------
    Dataset
        `o` with RECO_NT, GPP_NT (method "night") or RECO_DT, GPP_DT ("day") [umol m-2 s-1], their _QC, _SD
        where the method gives one, and parameters of the windows over the dimension `window_nt` or
        `window_dt`: REASON_NT says in words why a window has none. RECO_NT's attribute `comment` says
        what was missing or assumed.

    Raises
    ------
    PartitioningError
        An unknown method, no NEE, no temperature, or nothing that tells night from day.

    References
    ----------
    .. [1] Reichstein et al., Glob. Change Biol. 11, 1424-1439, 2005.
    .. [2] Lasslop et al., Glob. Change Biol. 16, 187-208, 2010.
    .. [3] Keenan et al., Nat. Ecol. Evol. 3, 407-415, 2019.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48 * 60) * np.timedelta64(30, "m")
    >>> hour, day = np.arange(time.size) / 2 % 24, np.arange(time.size) // 48
    >>> light = np.maximum(800 * np.sin((hour - 6) / 12 * np.pi), 0)
    >>> ta = 12 + 6 * np.sin((hour - 9) / 12 * np.pi) + 3 * np.sin(day)
    >>> reco = 3 * np.exp(200 * (1 / 61.02 - 1 / (ta + 46.02)))
    >>> gpp = 0.04 * light * 25 / (0.04 * light + 25)
    >>> variables = {"NEE": reco - gpp, "TA": ta, "SW_IN": light}
    >>> ds = xr.Dataset({k: ("time", v) for k, v in variables.items()}, coords={"time": time})
    >>> ds.attrs = {"latitude": 0.0, "longitude": 0.0}
    >>> p = fk.ecosystem.partition(ds, method="night", variant="reddyproc")
    >>> bool(abs(p["RECO_NT"] / reco - 1).max() < 0.01)
    True
    """
    run = METHODS.get((method, variant))
    if run is None:
        raise PartitioningError(f"no method {method!r} with variant {variant!r}; there are " + _listed())
    records = Records.of(o, temperature=temperature)
    options = {"bootstraps": bootstraps, "seed": seed}
    known = inspect.signature(run).parameters
    parted = run(records, **{k: v for k, v in options.items() if k in known})
    return o.assign(_variables(records, parted, _SUFFIX[method], method, variant))


def _listed() -> str:
    return ", ".join(f"{method} {variant}" for method, variant in METHODS)


def _variables(records: Records, parted: Parted, suffix: str, method: str, variant: str) -> Variables:
    comment = " ".join([*records.said, *parted.said])
    out: Variables = {}

    def add(name: str, dim: str, values: npt.NDArray[Any], long_name: str, units: str = _FLUX) -> None:
        attrs = (
            {"units": units, "long_name": long_name} if values.dtype.kind == "f" else {"long_name": long_name}
        )
        out[name] = (dim, values, attrs)

    how = f"{method}-time partitioning, {variant}"
    add(f"RECO_{suffix}", "time", parted.reco, f"ecosystem respiration, {how}")
    add(f"GPP_{suffix}", "time", parted.gpp, f"gross primary production, {how}")
    for name, values in (("RECO", parted.reco_sd), ("GPP", parted.gpp_sd)):
        if values is not None:
            add(f"{name}_{suffix}_SD", "time", values, f"standard deviation of {name}_{suffix}")
    add(f"RECO_{suffix}_QC", "time", parted.quality, f"quality of {how}", "1")
    gpp_quality = parted.quality if parted.gpp_quality is None else parted.gpp_quality
    add(f"GPP_{suffix}_QC", "time", gpp_quality, f"quality of {how}", "1")
    for name, members in (("RECO", parted.reco_members), ("GPP", parted.gpp_members)):
        if members is not None:
            dims = (f"member_{suffix.lower()}", "time")
            attrs = {"units": _FLUX, "long_name": f"members of {name}_{suffix}"}
            out[f"{name}_{suffix}_MEMBER"] = (dims, members, attrs)
    out[f"RECO_{suffix}"][2]["comment"] = comment
    for name, values in parted.parameters.items():
        add(
            f"{name}_{suffix}_RECORD",
            "time",
            values,
            f"{name} as it holds for the record",
            _UNITS.get(name, "1"),
        )
    _add_windows(out, records, parted, suffix)
    return out


def _add_windows(
    out: Variables,
    records: Records,
    parted: Parted,
    suffix: str,
) -> None:
    dim = f"window_{suffix.lower()}"
    for name, values in parted.windows.items():
        if name in ("FIRST", "MIDDLE"):
            short = {"FIRST": "START", "MIDDLE": "MIDDLE"}[name]
            times = records.at.start[np.clip(values.astype(int), 0, records.nee.size - 1)]
            out[f"{short}_{suffix}"] = (dim, times, {"long_name": f"{short.lower()} of the window, UTC"})
        elif name not in ("STOP", "POSITION"):
            attrs = {"units": _UNITS.get(name, "1")} if values.dtype.kind in "fi" else {}
            out[f"{name}_{suffix}"] = (dim, values, {"long_name": f"{name} of the window", **attrs})
