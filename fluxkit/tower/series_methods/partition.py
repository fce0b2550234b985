"""Partition of water and carbon fluxes into those of plants and of the ground, by the samples' structure.

Air that rises with more vapour and more carbon dioxide comes from the ground (evaporation, respiration), air
that rises with more vapour and less carbon dioxide from leaves (transpiration, photosynthesis). Every method
gives shares of the net flux; net fluxes themselves are corrected elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Why a period has no partition; see `SOLVED` and the table of flags in ``schema/variables.toml``.
SOLVED, FEW_SAMPLES, NOT_PHYSICAL, CANCELLING, NO_EFFICIENCY = range(5)

#: Shares of all samples that the two quadrants together, and each of them, must hold (Zahn et al. 2022). [1]
ENOUGH_IN_BOTH, ENOUGH_IN_EACH = 0.15, 0.03
#: Ratios of respiration to photosynthesis whose sum is too near zero to be shared out (Zahn et al. 2022).
CANCEL = (-1.2, -0.8)


@dataclass(frozen=True)
class Shares:
    """Which share of the net flux is of plants; the rest is of the ground. Arrays over time."""

    water: Array  #: transpiration over evapotranspiration; NaN where not solved [1]
    carbon: Array  #: photosynthesis over the net flux of carbon dioxide; NaN where not solved [1]
    test: Integers  #: 0 solved, else why not


def named_sums(sums: Array) -> dict[str, Array]:
    """Return quadrant sums (time, 23) by name."""
    return {name: sums[:, i] for i, name in enumerate(kernels.quadrants.NAMES)}


def second_moments(sums: Array) -> dict[str, Array]:
    """Return (co)variances of w, q, c from quadrant sums (time, 23), by pairs of letters."""
    s = named_sums(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {pair: s[pair] / s["n"] for pair in ("ww", "qq", "cc", "wq", "wc", "qc")}


def conditional_eddy_covariance(sums: Array) -> Shares:
    """Share fluxes out as the covariances of the two rising quadrants compare.

    Parameters
    ----------
    sums : (time, 23) array
        Quadrant sums of w, water vapour q and carbon dioxide c, from ``kernels.quadrants.sums``.

    Returns
    -------
    Shares
        Where one quadrant is all but empty, all is of the other.

    References
    ----------
    .. [1] Zahn et al., Agric. For. Meteorol. 315, 108790, 2022 (conditional eddy covariance).
    """
    s = named_sums(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        water = s["wq_plant"] / (s["wq_plant"] + s["wq_ground"])
        ratio = s["wc_ground"] / s["wc_plant"]
        carbon = 1.0 / (1.0 + ratio)
        moments = second_moments(sums)
    cancel = (ratio > CANCEL[0]) & (ratio < CANCEL[1])
    water, carbon, few, mixed = _one_sided(s, water, carbon)
    photosynthesis, respiration = carbon * moments["wc"], (1.0 - carbon) * moments["wc"]
    wrong = (moments["wq"] <= 0.0) | (photosynthesis > 0.0) | (respiration < 0.0)
    test = np.select([few, wrong, mixed & cancel], [FEW_SAMPLES, NOT_PHYSICAL, CANCELLING], SOLVED)
    return _shares(water, carbon, test)


def modified_relaxed_eddy_accumulation(sums: Array) -> Shares:
    """Ground fluxes from what strongly rising air of the ground carries, plants' as the rest.

    Parameters
    ----------
    sums : (time, 23) array
        As `conditional_eddy_covariance`.

    Returns
    -------
    Shares

    Notes
    -----
    beta = sigma_w / (mean of rising - mean of sinking w). Sinking air is taken to carry nothing of the
    ground; of a source whose signal sinks as well, half is found.

    References
    ----------
    .. [1] Thomas et al., Agric. For. Meteorol. 148, 1210-1229, 2008, eq. 11.
    """
    s = named_sums(sums)
    moments = second_moments(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.sqrt(moments["ww"])
        beta = sigma / (s["w_up"] / s["n_up"] - s["w_down"] / s["n_down"])
        evaporation = beta * sigma * s["q_strong_ground"] / s["n_strong"]
        respiration = beta * sigma * s["c_strong_ground"] / s["n_strong"]
        water = 1.0 - evaporation / moments["wq"]
        carbon = 1.0 - respiration / moments["wc"]
    water, carbon, few, _ = _one_sided(s, water, carbon)
    wrong = (moments["wq"] <= 0.0) | (water < -0.01) | (carbon * moments["wc"] > 0.0)
    return _shares(water, carbon, np.select([few, wrong], [FEW_SAMPLES, NOT_PHYSICAL], SOLVED))


def flux_variance_similarity(moments: Mapping[str, Array], efficiency: Array) -> Shares:
    r"""Share fluxes out so that two sources explain variances and correlation of the two gases.

    Parameters
    ----------
    moments : mapping of (time,) arrays
        Second moments "qq", "cc", "qc", "wq", "wc" of mixing ratios.
    efficiency : (time,) array
        Water use efficiency W of leaves, negative. [mol mol-1]

    Returns
    -------
    Shares

    Notes
    -----
    Assumed are :math:`c_p' = W q_t'`, perfectly correlated :math:`c_r', q_e'`, and correlations of the two
    sources equal to the ratio of their transport efficiencies. With A, B the net over plants' flux of water
    and carbon, X the variance of :math:`c_p` and :math:`Z (B - 1)^2` that of :math:`c_r`,

        sigma_c^2 = X (2B - 1) + Z (B - 1)^2,    W^2 sigma_q^2 = X (2A - 1) + Z (A - 1)^2,
        W cov(q, c) = X (A + B - 1) + Z (A - 1)(B - 1),    B = k A with k = F_c / (W F_q),

    which is linear in Z A^2, (X - Z) A and X - Z.

    References
    ----------
    .. [1] Scanlon & Sahu, Water Resour. Res. 44, W10418, 2008.
    .. [2] Scanlon, Schmidt & Skaggs, Agric. For. Meteorol. 279, 107732, 2019 (closed form).
    """
    m, W = moments, efficiency
    with np.errstate(invalid="ignore", divide="ignore"):
        k = m["wc"] / (W * m["wq"])
        cc, qc, qq = m["cc"], W * m["qc"], W**2 * m["qq"]
        ZAA = (cc - 2.0 * qc + qq) / (k - 1.0) ** 2
        DA = (qc - qq) / (k - 1.0) - ZAA
        D = ZAA + 2.0 * DA - qq
        A = DA / D
        B = k * A
        X = D + ZAA / A**2  # the variance of what plants take up
        water, carbon = 1.0 / A, 1.0 / B
        physical = (
            (m["wq"] > 0.0) & (A >= 1.0) & (B <= 1.0) & (W * m["wq"] / A < 0.0) & (X > 0.0) & (D <= 0.0)
        )
    test = np.select([np.isnan(W), ~physical], [NO_EFFICIENCY, NOT_PHYSICAL], SOLVED)
    return _shares(water, carbon, test)


def _one_sided(
    s: Mapping[str, Array], water: Array, carbon: Array
) -> tuple[Array, Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Give all to one side where the other's quadrant is empty; then who lacks samples, who has both."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ground, plant = s["n_ground"] / s["n"], s["n_plant"] / s["n"]
    few = ~(ground + plant >= ENOUGH_IN_BOTH)
    all_plant, all_ground = ~few & (ground < ENOUGH_IN_EACH), ~few & (plant < ENOUGH_IN_EACH)
    water, carbon = (np.where(all_plant, 1.0, np.where(all_ground, 0.0, x)) for x in (water, carbon))
    return water, carbon, few, ~(few | all_plant | all_ground)


def _shares(water: Array, carbon: Array, test: Integers) -> Shares:
    """Blank what is not solved; where carbon fluxes cancel, water's shares still hold."""
    return Shares(
        water=np.where((test == SOLVED) | (test == CANCELLING), water, np.nan),
        carbon=np.where(test == SOLVED, carbon, np.nan),
        test=test.astype(np.int64),
    )
