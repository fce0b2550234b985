"""Carbon of stands from their volume or their stems, by the three methods of inventories."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Carbon in dry matter of wood, IPCC 2006, vol. 4, table 4.3.
CARBON_FRACTION = 0.47


def continuous_function(
    volume: Array, a: npt.ArrayLike, b: npt.ArrayLike, *, carbon_fraction: float = CARBON_FRACTION
) -> Array:
    """Return carbon by the biomass continuous function B = a V + b, which is BEF = a + b / V.

    Parameters
    ----------
    volume : (n,) array
        Growing stock. [m3 ha-1]
    a, b : float or (n,) array
        Of the forest type; they come from the user. [Mg DM m-3], [Mg DM ha-1]
    carbon_fraction : float
        [1]

    Returns
    -------
    (n,) array
        [Mg C ha-1]; a stand without volume has no carbon, though the line does not go through zero.

    References
    ----------
    .. [1] Fang, Chen, Peng, Zhao & Ci, "Changes in forest biomass carbon storage in China between 1949 and
       1998", Science 291, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.continuous_function(np.array([100.0]), 0.5, 30.0, carbon_fraction=0.5)
    array([40.])
    """
    made = (np.asarray(a) * volume + np.asarray(b)) * carbon_fraction
    return np.asarray(np.where(volume == 0, 0.0, made))


def expansion_factor(
    volume: Array, bcef: npt.ArrayLike, root_shoot: npt.ArrayLike, *, carbon_fraction: float = CARBON_FRACTION
) -> Array:
    """Return carbon by expansion factors: C = V BCEF (1 + R) CF (IPCC 2006, vol. 4, eq. 2.8b).

    Parameters
    ----------
    volume : (n,) array
        Growing stock. [m3 ha-1]
    bcef : float or (n,) array
        Biomass conversion and expansion factor: wood density times expansion factor (BCEF = D BEF).
        [Mg DM m-3]
    root_shoot : float or (n,) array
        Below-ground to above-ground biomass; 0 leaves roots out. [1]
    carbon_fraction : float
        [1]

    Returns
    -------
    (n,) array
        [Mg C ha-1]

    References
    ----------
    .. [1] IPCC 2006, "Guidelines for National Greenhouse Gas Inventories", vol. 4, ch. 2.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.expansion_factor(np.array([150.0]), 0.7, 0.29).round(3)
    array([63.662])
    """
    return np.asarray(volume * np.asarray(bcef) * (1.0 + np.asarray(root_shoot)) * carbon_fraction)


def volume_expansion(
    volume: Array,
    delta: npt.ArrayLike,
    rho: npt.ArrayLike,
    gamma: npt.ArrayLike,
    *,
    understory: float = 0.0,
    soil: float = 0.0,
) -> dict[str, Array]:
    """Return carbon by volume expansion: trees C = V delta rho gamma; understory and soil as shares of it.

    Parameters
    ----------
    volume : (n,) array
        Growing stock. [m3 ha-1]
    delta : float or (n,) array
        Expansion of the stem's volume to that of the tree. [1]
    rho : float or (n,) array
        Volume density. [Mg DM m-3]
    gamma : float or (n,) array
        Carbon fraction. [1]
    understory, soil : float
        Carbon of understory and soil as shares of the trees'. [1]

    Returns
    -------
    dict
        "trees", and "understory" and "soil" where their share is not zero. [Mg C ha-1]

    Notes
    -----
    All coefficients come from the user: the values in common use could not be read in their source.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.volume_expansion(np.array([100.0]), 2.0, 0.5, 0.5, understory=0.1)
    {'trees': array([50.]), 'understory': array([5.])}
    """
    trees = np.asarray(volume * np.asarray(delta) * np.asarray(rho) * np.asarray(gamma))
    made = {"trees": trees}
    for name, share in (("understory", understory), ("soil", soil)):
        if share:
            made[name] = share * trees
    return made


def of_stems(
    diameter: Array, a: npt.ArrayLike, b: npt.ArrayLike, stand: npt.NDArray[np.int64], area: Array
) -> Array:
    """Return what stems hold together on each plot: sum of a d^b over its stems, by area.

    Parameters
    ----------
    diameter : (stem,) array
        At breast height. [cm]
    a, b : float or (stem,) array
        Of an allometric equation, from the user: what it gives decides what is returned.
    stand : (stem,) array of int
        Number of the plot that a stem is on, 0 to n - 1.
    area : (n,) array
        Of the plots. [ha]

    Returns
    -------
    (n,) array
        Per hectare: m3 ha-1 of an equation of volume [m3], kg DM ha-1 of one of biomass [kg].

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> d, plot = np.array([20.0, 30.0, 25.0]), np.array([0, 0, 1])
    >>> fk.budget.of_stems(d, 1e-4, 2.5, plot, np.array([0.04, 0.04])).round(2)
    array([16.8 ,  7.81])
    """
    each = np.asarray(a) * diameter ** np.asarray(b)
    return np.asarray(np.bincount(stand, each, minlength=area.size) / area)
