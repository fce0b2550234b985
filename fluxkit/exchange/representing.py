"""How a footprint represents its surroundings, as a table for people."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.exchange.surfaces import read_surface
from fluxkit.exchange.target_areas import KNOWN, RADII, representativeness
from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import csv_text

_HEAD = ("surface", "radius_m", "quantity", "land_cover", "footprint", "target_area", "difference", "known")


def write_representativeness(
    climatology: xr.Dataset, surfaces: Mapping[str, Path], crs: str, path: Path
) -> list[str]:
    """Write ``<...>_representativeness.csv``, a row for each target area and quantity.

    Parameters
    ----------
    climatology : xr.Dataset
        From `fluxkit.exchange.footprints.read_footprint`.
    surfaces : mapping
        Kind ("classes", "values") -> raster.
    crs : str
        Projection of the climatology.
    path : Path
        File to make.

    Returns
    -------
    list of str
        What the maps do not cover, a sentence each.
    """
    rows: list[tuple[object, ...]] = [_HEAD]
    said: list[str] = []
    reach = max(RADII[-1], float(np.abs(climatology["x"]).max()), float(np.abs(climatology["y"]).max()))
    for kind, file in surfaces.items():
        surface = read_surface(file, crs, reach)
        found = representativeness(climatology, surface, kind=kind)  # type: ignore[arg-type]
        rows += _of_classes(found, file.name) if kind == "classes" else _of_values(found, file.name)
        if found["footprint_known"] < KNOWN:
            share = 100 * float(found["footprint_known"])
            said.append(f"{file.name} covers {share:.0f} % of the footprint: nothing is said of it")
        short = found["radius"].to_numpy()[found["area_known"].to_numpy() < KNOWN]
        if short.size:
            said.append(
                f"{file.name} does not cover the target areas of {', '.join(f'{r:g}' for r in short)} m"
            )
    write_text(path, csv_text(rows))
    return said


def _of_values(found: xr.Dataset, name: str) -> list[tuple[object, ...]]:
    own = float(found["footprint_mean"])
    return [
        (
            name,
            f"{r:g}",
            "mean; difference is the relative bias",
            "",
            _text(own),
            _text(a),
            _text(b),
            _text(k),
        )
        for r, a, b, k in zip(*_columns(found, "radius", "area_mean", "bias", "area_known"), strict=True)
    ]


def _of_classes(found: xr.Dataset, name: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    own, codes = found["footprint_share"].to_numpy(), found["land_cover"].to_numpy()
    for k, r in enumerate(found["radius"].to_numpy()):
        area, known = found["area_share"].to_numpy()[k], _text(found["area_known"].to_numpy()[k])
        for code, a, b in zip(codes, own, area, strict=True):
            rows.append((name, f"{r:g}", "share", code, _text(a), _text(b), _text(a - b), known))
        dominant, overlap = found["dominant"].to_numpy()[k], found["overlap"].to_numpy()[k]
        difference = _text(found["dominant_difference"].to_numpy()[k])
        rows.append(
            (name, f"{r:g}", "dominant class of the target area", dominant, "", "", difference, known)
        )
        rows.append((name, f"{r:g}", "overlap", "", "", "", _text(overlap), known))
    return rows


def _columns(found: xr.Dataset, *names: str) -> list[np.ndarray]:
    return [found[name].to_numpy() for name in names]


def _text(value: float) -> str:
    return f"{value:.5g}" if np.isfinite(value) else ""
