"""How near parameters are to an optimum, as searches judge it that end there."""

import numpy as np

from fluxkit.chamber.seasons.response import derivatives


def relative_offset(curve, values, y, drivers):
    """Length of the residuals' part along the curve's tangents over that of the rest (Bates & Watts 1981)."""
    now, slopes = derivatives(curve.formula, np.asarray(values, float), drivers)
    tangents, _ = np.linalg.qr(slopes)
    residual = y - now
    along = tangents.T @ residual
    return float(np.linalg.norm(along) / np.linalg.norm(residual - tangents @ along))
