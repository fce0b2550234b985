"""What other programs read: half hours and footprints in their formats.

The names below are loaded when first used.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "representativeness": "fluxkit.exchange.target_areas",
    "write_eddypro": "fluxkit.exchange.eddypro",
    "write_geopackage": "fluxkit.exchange.geopackage",
    "write_geotiff": "fluxkit.exchange.geotiff",
    "write_icos_raw": "fluxkit.exchange.icos_raw",
    "write_oneflux": "fluxkit.exchange.oneflux",
    "write_parquet": "fluxkit.exchange.parquet",
    "write_reddyproc": "fluxkit.exchange.reddyproc",
    "write_zarr": "fluxkit.exchange.zarr_store",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
