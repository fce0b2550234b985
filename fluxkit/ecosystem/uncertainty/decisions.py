"""Which decision of raw processing moves the year."""

import numpy as np
import xarray as xr

from fluxkit.ecosystem.uncertainty.annual import sums_of_members


def decisions(p: xr.Dataset) -> xr.Dataset:
    """Tell how far each decision of raw processing moves annual sums.

    Schemes are all combinations of what ``[schemes]`` of a station's configuration lists. Each went
    through filter, filling and partitioning on its own; a decision moves a sum by the range of the means
    over the schemes that share one of its choices.

    Parameters
    ----------
    p : xr.Dataset
        Of :func:`fluxkit.ecosystem.ensemble`, with members ``scheme`` whose labels join their choices
        with a plus.

    Returns
    -------
    xr.Dataset
        Over ``decision`` (its choices, joined with a bar), ``year`` and ``variable``: ``moves`` [g C
        m-2], and ``highest`` and ``lowest``, the choices at the ends. Empty over ``decision`` where there
        are no schemes, or one.

    References
    ----------
    .. [1] Vitale et al., Biogeosciences 17, 1367-1391, 2020: combinations of raw processing as members.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2021-01-01", "ns") + np.arange(365 * 48) * np.timedelta64(30, "m")
    >>> level = np.array([0.0, 0.0, 0.1, 1.0, 1.1])
    >>> p = xr.Dataset({"NEE": (("member", "time"), level[:, None] * np.ones(time.size))}, {"time": time})
    >>> names = ["", "double+block", "double+linear", "planar-fit+block", "planar-fit+linear"]
    >>> p = p.assign_coords(label=("member", names), factor=("member", ["reference", *["scheme"] * 4]))
    >>> found = fk.ecosystem.decisions(p)
    >>> found.decision.values.tolist(), found.moves.values.ravel().round(0).tolist()
    (['double | planar-fit', 'block | linear'], [379.0, 38.0])
    """
    years, sums = sums_of_members(p)
    chosen = p["factor"].values == "scheme"
    sums = {name: each for name, each in sums.items() if np.isfinite(each[chosen]).any()}
    labels = [str(label).split("+") for label in p["label"].values[chosen]]
    width = {len(label) for label in labels}
    names = list(sums)
    shape = (years.size, len(names))
    found: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
    for place in range(width.pop() if len(width) == 1 else 0):
        options = list(dict.fromkeys(label[place] for label in labels))
        if len(options) < 2:
            continue
        means = np.empty((len(options), *shape))
        for row, option in enumerate(options):
            here = np.array([label[place] == option for label in labels])
            for column, name in enumerate(names):
                means[row, :, column] = sums[name][chosen][here].mean(axis=0)
        known = np.nan_to_num(means)
        ends = np.array(options)[known.argmax(axis=0)], np.array(options)[known.argmin(axis=0)]
        found.append((" | ".join(options), np.ptp(means, axis=0), *ends))
    dims = ("decision", "year", "variable")
    stacked = [np.array([one[k] for one in found]).reshape(len(found), *shape) for k in (1, 2, 3)]
    return xr.Dataset(
        {
            "moves": (dims, stacked[0], {"units": "g C m-2"}),
            "highest": (dims, stacked[1].astype(str)),
            "lowest": (dims, stacked[2].astype(str)),
        },
        {"decision": [one[0] for one in found], "year": years, "variable": names},
    )


def in_words(found: xr.Dataset) -> list[str]:
    """Say of each year which decision moves NEE most, or that it cannot be told."""
    said = []
    for year in found["year"].values.tolist() if found.sizes["decision"] else []:
        moves = found["moves"].sel(year=year)
        nee = moves.sel(variable="NEE").values if "NEE" in moves["variable"].values else np.full(1, np.nan)
        if not np.isfinite(nee).all():
            said.append(
                f"{year}: which decision on raw data moves NEE most cannot be told, since gaps of a scheme "
                "stay open"
            )
            continue
        most = int(nee.argmax())
        name = str(found["decision"].values[most])
        said.append(
            f"{year}: of the decisions on raw data, {name} moves NEE most, by {nee[most]:.1f} g C m-2"
        )
    return said
