"""Organic carbon of a soil profile: by depth with rock and outcrops, and by equivalent mass."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Fine-earth bulk densities and carbon contents that soils have. [g cm-3], [%]
DENSITY, CARBON = (0.02, 2.2), (0.0, 58.0)


def horizon_stocks(
    bulk_density: Array, carbon: Array, thickness: Array, rock: npt.ArrayLike = 0.0, outcrop: float = 0.0
) -> Array:
    """Return carbon of horizons: bulk density x carbon x thickness x (1 - rock), on land without outcrops.

    Parameters
    ----------
    bulk_density : (n,) array
        Of the fine earth. [g cm-3] If it is the mass of fine earth over the volume of the whole core, rock is
        in it already: give ``rock=0``.
    carbon : (n,) array
        Organic carbon of the fine earth. [%]
    thickness : (n,) array
        [cm]
    rock : float or (n,) array
        Share of the volume that is rock. [1]
    outcrop : float
        Share of the area that is outcropping rock, which has no soil: karst. [1]

    Returns
    -------
    (n,) array
        [Mg C ha-1]

    Raises
    ------
    ValueError
        A share is not between 0 and 1, or a thickness not positive.

    References
    ----------
    .. [1] Poeplau, Vos & Don, "Soil organic carbon stocks are systematically overestimated by misuse of the
       parameters bulk density and rock fragment content", SOIL 3, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> bd, c, cm = np.array([1.1, 1.3]), np.array([3.0, 1.0]), np.array([10.0, 20.0])
    >>> fk.budget.horizon_stocks(bd, c, cm, rock=0.2, outcrop=0.5).round(2)
    array([13.2, 10.4])
    """
    rock = np.broadcast_to(np.asarray(rock, np.float64), bulk_density.shape)
    if not (0 <= outcrop < 1) or np.any((rock < 0) | (rock >= 1)):
        raise ValueError("rock and outcrop are shares: from 0 to below 1 (20 % is 0.2)")
    if np.any(thickness <= 0):
        raise ValueError("a horizon has no thickness")
    # 1 g cm-2 is 100 Mg ha-1, of which a hundredth for each per cent is carbon.
    return np.asarray(bulk_density * carbon * thickness * (1.0 - rock) * (1.0 - outcrop))


def horizon_problems(bulk_density: Array, carbon: Array, thickness: Array) -> dict[int, str]:
    """Return what is wrong with horizons, by row: units that cannot be, negative and missing values."""
    found = {}
    for row, (density, content, size) in enumerate(zip(bulk_density, carbon, thickness, strict=True)):
        if not np.isfinite([density, content, size]).all():
            found[row] = "bulk density, carbon or thickness is missing"
        elif not DENSITY[0] <= density <= DENSITY[1]:
            found[row] = f"bulk density {density:g} g cm-3 is none of a soil: is it in kg m-3?"
        elif not CARBON[0] <= content <= CARBON[1]:
            found[row] = f"carbon {content:g} % is none of a soil: is it in g kg-1, or organic matter?"
        elif size <= 0:
            found[row] = f"thickness {size:g} cm"
    return found


def equivalent_mass_stock(
    bulk_density: Array,
    carbon: Array,
    thickness: Array,
    reference_mass: float,
    rock: npt.ArrayLike = 0.0,
) -> float:
    """Return the carbon above a depth that has a given mass of fine soil.

    A soil that was loosened or compacted holds another mass down to the same depth: changes between dates are
    compared at equal mass (Ellert and Bettany 1995). Carbon is interpolated in a straight line over the mass
    within a horizon.

    Parameters
    ----------
    bulk_density, carbon, thickness, rock
        As of `horizon_stocks`, from the surface down.
    reference_mass : float
        Of fine soil. [Mg ha-1]

    Returns
    -------
    float
        [Mg C ha-1]

    Raises
    ------
    ValueError
        The profile ends above that mass.

    References
    ----------
    .. [1] Ellert & Bettany, "Calculation of organic matter and nutrients stored in soils under contrasting
       management regimes", Canadian Journal of Soil Science 75, 1995.
    .. [2] Wendt & Hauser, "An equivalent soil mass procedure for monitoring soil organic carbon in multiple
       soil layers", European Journal of Soil Science 64, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> bd, c, cm = np.array([1.0, 1.2]), np.array([3.0, 1.0]), np.array([10.0, 20.0])
    >>> fk.budget.equivalent_mass_stock(bd, c, cm, 2200.0)
    42.0
    """
    mass = 100.0 * bulk_density * thickness * (1.0 - np.asarray(rock))
    below = np.concatenate([[0.0], np.cumsum(mass)])
    if reference_mass > below[-1] * (1 + 1e-12):
        raise ValueError(
            f"the profile holds {below[-1]:.0f} Mg ha-1 of fine soil, less than the {reference_mass:.0f} "
            "asked for: sample deeper, or compare at a smaller mass"
        )
    carbon_below = np.concatenate([[0.0], np.cumsum(mass * carbon / 100.0)])
    return float(np.interp(reference_mass, below, carbon_below))
