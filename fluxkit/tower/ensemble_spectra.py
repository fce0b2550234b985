"""Average spectra of a season by stability, humidity and month, and the cut-off frequencies they show."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.schema.variables import from_si, gas_names
from fluxkit.site.models import Site
from fluxkit.tower import settings
from fluxkit.tower.chain import spectra
from fluxkit.tower.epochs import height_at
from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.shared_periods import shared_periods
from fluxkit.tower.spectral import cutoff_survey, ensembles
from fluxkit.tower.spectral.ensembles import Ensemble

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What a class is of -> names of the classes.
_MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
_HUMIDITY = tuple(f"{round(100 * c) - 5}-{round(100 * c) + 5} %" for c in ensembles.HUMIDITY_CENTRES)
CLASSES: dict[str, tuple[str, ...]] = {
    "stability": ensembles.STABILITY_NAMES,
    "humidity": _HUMIDITY,
    "month": _MONTHS,
}


def ensemble_spectra(data: xr.Dataset | Iterable[xr.Dataset], fluxes: xr.Dataset, site: Site) -> xr.Dataset:
    """Average spectra, cospectra and ogives over classes of periods.

    Parameters
    ----------
    data : xarray.Dataset or iterable of xarray.Dataset
        Moments from ``condense``, whole or in parts, of which one at a time is held.
    fluxes : xarray.Dataset
        Fluxes from ``decide``; periods without fluxes are left out.
    site : Site
        ``decide.cutoff`` says which periods count.

    Returns
    -------
    xarray.Dataset
        Over (stability, frequency [Hz]): ``COSP_W_<X>``, ``OGIVE_W_<X>``, ``SPEC_<X>`` as from ``spectra``,
        and the mean ``REDUCED_FREQUENCY`` f (z - d) / U. Over (humidity, frequency) and (month, frequency):
        ``SPEC_<GAS>_BY_HUMIDITY``, ``SPEC_T_SONIC_BY_MONTH_<GAS>``, ... of the same periods each. Over the
        class alone: ``<...>_COUNT``, spectra averaged, and ``<GAS>_CUTOFF_BY_...`` [Hz] fitted to them.

    Raises
    ------
    MomentsError
        No period of the moments is among the fluxes.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> raw = fk.open_raw("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz", site)
    >>> moments = fk.condense(raw, site)
    >>> averages = fk.ensemble_spectra(moments, fk.decide(moments, site), site)
    >>> averages["SPEC_T_SONIC"].dims
    ('stability', 'frequency')
    """
    sums, needed = SpectraSums(site), needed_for_ensembles(fluxes, site)
    for part in [data] if isinstance(data, xr.Dataset) else data:
        sums.add_part(part, needed)
    return sums.dataset()


def needed_for_ensembles(fluxes: xr.Dataset, site: Site) -> xr.Dataset:
    """What classes and spectra ask for of the fluxes, of hundreds of variables."""
    names = {"ZL", "WS", "RH", "USTAR", "H", "LE", *(gas_names(gas)[0] for gas in site.gases)}
    ends = ("_TLAG_USED", "_SSITC_TEST", "ROT_YAW", "ROT_PITCH", "ROT_ROLL")
    return fluxes[[name for name in map(str, fluxes.data_vars) if name in names or name.endswith(ends)]]


class SpectraSums:
    """Ensembles that grow part by part.

    Parameters
    ----------
    site : Site
        ``decide.cutoff`` says which periods count.
    """

    def __init__(self, site: Site) -> None:
        plan = settings.make_plan(site)
        self.site, self.plan = site, plan
        self.frequency: Array | None = None
        self.stability = Ensemble(len(ensembles.STABILITY_NAMES))
        self.by_class = {
            (kind, gas): Ensemble(len(CLASSES[kind]))
            for gas in plan.gases
            for kind in ("humidity" if gas == "h2o" else "month",)
        }

    def add_part(self, part: xr.Dataset, needed: xr.Dataset) -> None:
        """Add a part of the moments, with what is needed of the fluxes."""
        here, rows = shared_periods(part["time"].values, needed["time"].values)
        if here.any():
            part = part[["cospectra", "quadrature", "bandwidth", "spectral_shift"]].isel(time=here)
            of_part = needed.isel(time=rows)
            self.add(spectra(part, of_part, self.site), of_part)

    @property
    def state(self) -> dict[str, Array]:
        """All that was added up, as arrays by where they belong."""
        found = {} if self.frequency is None else {"frequency": self.frequency}
        for place, ensemble in self._ensembles().items():
            for name, total in ensemble.sums.items():
                found[f"{place}/{name}"] = np.stack([total, ensemble.counts[name]])
        return found

    def add_state(self, state: Mapping[str, Array]) -> None:
        """Add what others have added up."""
        ensembles_ = self._ensembles()
        for where, values in state.items():
            if where == "frequency":
                self.frequency = values
                continue
            place, _, name = where.partition("/")
            ensembles_[place].add_sums(name, values[0], values[1])

    def _ensembles(self) -> dict[str, Ensemble]:
        by_class = {f"{kind} {gas}": ensemble for (kind, gas), ensemble in self.by_class.items()}
        return {"stability": self.stability} | by_class

    def add(self, found: xr.Dataset, fluxes: xr.Dataset) -> None:
        """Add the spectra of a part."""
        self.frequency = found["frequency"].values
        usable = self._usable(fluxes)
        stability = ensembles.stability_class(fluxes["ZL"].values)
        values = {str(name): np.asarray(x.values) for name, x in found.items()}
        for name, x in values.items():
            scalar = name.split("_", 2 if name.startswith(("COSP", "OGIVE")) else 1)[-1].lower()
            large = self._large(fluxes, scalar) if scalar in self.plan.gases else True
            self.stability.add({name: x}, np.where(usable & large, stability, -1))
        z = height_at(fluxes["time"].values, self.plan)
        reduced = self.frequency * (z / fluxes["WS"].values)[:, None]
        self.stability.add({"REDUCED_FREQUENCY": reduced}, np.where(usable, stability, -1))
        for (kind, gas), ensemble in self.by_class.items():
            members = self._members(kind, fluxes)
            both = {name: values[f"SPEC_{name.upper()}"] for name in (gas, "t_sonic")}
            both["heat"] = values["COSP_W_T_SONIC"]
            complete = np.all([np.isfinite(x).any(axis=1) for x in both.values()], axis=0)
            ensemble.add(both, np.where(usable & self._large(fluxes, gas) & complete, members, -1))

    def dataset(self) -> xr.Dataset:
        """Averages, counts and fits.

        Raises
        ------
        MomentsError
            Nothing was added.
        """
        if self.frequency is None:
            raise MomentsError("no period of the moments is among the fluxes: decide on the same moments")
        variables: dict[str, Any] = {}
        for name in self.stability.sums:
            variables[name] = (("stability", "frequency"), self.stability.mean(name), {"units": "1"})
            variables[f"{name}_COUNT"] = ("stability", self.stability.spectra_in(name), {"units": "1"})
        for (kind, gas), ensemble in self.by_class.items():
            if ensemble.sums:
                variables |= self._of_gas(kind, gas, ensemble)
        kinds = {kind for kind, _ in self.by_class} | {"stability"}
        coordinates: dict[str, Any] = {kind: list(CLASSES[kind]) for kind in sorted(kinds)}
        coordinates["frequency"] = ("frequency", self.frequency, {"units": "Hz", "long_name": "frequency"})
        out = xr.Dataset(variables, coordinates, attrs={"station": self.plan.station.id})
        return out.isel(frequency=np.isfinite(out["frequency"].values))  # low bins hold no frequency

    def _of_gas(self, kind: str, gas: str, ensemble: Ensemble) -> dict[str, Any]:
        edges, frequency = frequency_bins(self.plan.slots, self.plan.rate, self.plan.bins)
        natural = np.diff(edges).astype(float)
        width = natural * self.plan.rate / self.plan.slots
        x, T, co = (ensemble.mean(name) for name in (gas, "t_sonic", "heat"))
        counts, reading = ensemble.spectra_in(gas), cutoff_survey.reading_of(self.plan)
        of_classes = [
            cutoff_survey.ClassSpectra(frequency, width, natural, int(n), x[k], T[k], co[k] / frequency)
            for k, n in enumerate(counts)
        ]
        fits = [cutoff_survey.fit_spectra(spectra, self.plan, reading) for spectra in of_classes]
        of, word = gas.upper(), f"BY_{kind.upper()}"
        return {
            f"SPEC_{of}_{word}": ((kind, "frequency"), x, {"units": "1"}),
            f"SPEC_T_SONIC_{word}_{of}": ((kind, "frequency"), T, {"units": "1"}),
            f"{of}_{word}_COUNT": (kind, counts, {"units": "1"}),
            f"{of}_CUTOFF_{word}": (kind, np.array([fit.frequency for fit in fits]), {"units": "Hz"}),
            f"{of}_NOISE_{word}": (kind, np.array([fit.noise for fit in fits]), {"units": "1"}),
        }

    def _members(self, kind: str, fluxes: xr.Dataset) -> npt.NDArray[np.int64]:
        if kind == "humidity":
            return ensembles.humidity_class(fluxes["RH"].values / 100.0)
        return fluxes["time"].values.astype("datetime64[M]").astype(np.int64) % 12

    def _usable(self, fluxes: xr.Dataset) -> Mask:
        good = self._between(fluxes["H"].values, "h", fluxes) & self._between(
            fluxes["USTAR"].values, "ustar", fluxes
        )
        if "H_SSITC_TEST" in fluxes:
            good &= fluxes["H_SSITC_TEST"].values < 2
        return good

    def _large(self, fluxes: xr.Dataset, gas: str) -> Mask:
        name = "LE" if gas == "h2o" else gas_names(gas)[0]
        good = self._between(
            fluxes[name].values * _to_micromol(gas, name), name.lower() if gas == "h2o" else gas, fluxes
        )
        if f"{name}_SSITC_TEST" in fluxes:
            good &= fluxes[f"{name}_SSITC_TEST"].values < 2
        return good

    def _between(self, x: Array, name: str, fluxes: xr.Dataset) -> Mask:
        given: Mapping[str, Any] = self.plan.decide.cutoff.model_dump()
        least = np.where(
            fluxes["H"].values > 0, given["unstable"].get(name, 0.0), given["stable"].get(name, 0.0)
        )
        return np.asarray((np.abs(x) > least) & (np.abs(x) <= given["largest"].get(name, np.inf)))


def _to_micromol(gas: str, name: str) -> float:
    """What turns a flux in the unit of the vocabulary into umol m-2 s-1; latent heat stays in W m-2."""
    return 1.0 if gas == "h2o" else 1e6 / float(from_si(name, np.array(1.0)))
