"""Figures of fluxes, as matplotlib axes, from the same numbers as the pages.

The names below are loaded when first used; all of them need matplotlib: ``pip install 'fluxkit[plot]'``.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "closure": "fluxkit.plot.chambers",
    "cospectra": "fluxkit.plot.ensembles",
    "cumulative": "fluxkit.plot.years",
    "diurnal": "fluxkit.plot.courses",
    "energy_balance": "fluxkit.plot.balance",
    "fetch": "fluxkit.plot.surroundings",
    "fingerprint": "fluxkit.plot.fingerprints",
    "footprint": "fluxkit.plot.surroundings",
    "gaps": "fluxkit.plot.fingerprints",
    "lags": "fluxkit.plot.delays",
    "lags_by_humidity": "fluxkit.plot.delays",
    "light_response": "fluxkit.plot.years",
    "ogives": "fluxkit.plot.ensembles",
    "planar_fit": "fluxkit.plot.planes",
    "power_spectra": "fluxkit.plot.ensembles",
    "schemes": "fluxkit.plot.through_time",
    "series": "fluxkit.plot.through_time",
    "spectra": "fluxkit.plot.ensembles",
    "temperature_response": "fluxkit.plot.years",
    "ustar": "fluxkit.plot.years",
    "wind_rose": "fluxkit.plot.surroundings",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
