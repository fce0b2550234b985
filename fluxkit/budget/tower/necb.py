"""The net ecosystem carbon balance: what land gains from the air, less what leaves it sideways."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fluxkit.budget.terms import Term, total

#: Lateral terms: +1 a gain of the land, -1 a loss; in words.
LATERAL: dict[str, tuple[int, str]] = {
    "harvest": (-1, "carbon in what was harvested and taken away"),
    "grazing": (-1, "carbon that animals took off (less their excreta)"),
    "fire": (-1, "carbon burnt that the tower did not see"),
    "DOC": (-1, "dissolved organic carbon leached or in streams"),
    "DIC": (-1, "dissolved inorganic carbon of biological origin"),
    "CH4-C": (-1, "carbon emitted as methane"),
    "VOC": (-1, "carbon in volatile organic compounds"),
    "erosion": (-1, "particulate carbon washed or blown away"),
    "imports": (+1, "carbon in manure, seed, mulch brought in"),
}


@dataclass(frozen=True)
class Balance:
    """NECB and what it is made of."""

    necb: Term
    nep: Term
    lateral: Mapping[str, Term]  #: as given: losses and gains positive
    missing: tuple[str, ...]  #: terms of ``LATERAL`` that nobody gave


def net_ecosystem_carbon_balance(
    nep: Term,
    lateral: Mapping[str, Term],
    *,
    absent: Collection[str] = (),
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> Balance:
    """Return NECB = NEP - losses + gains (Chapin et al. 2006).

    Parameters
    ----------
    nep : Term
        [g C m-2 a-1]
    lateral : mapping
        Name of ``LATERAL`` -> term, positive as a loss or as a gain. [g C m-2 a-1]
    absent : collection of str
        Terms that do not occur here: no loss and no error, and not named as missing.
    correlations : mapping, optional
        Between the errors of terms, by name.

    Returns
    -------
    Balance
        Terms that are neither given nor absent are named in ``missing`` and in what NECB lacks; they count as
        zero without an error, and the page says so.

    Raises
    ------
    ValueError
        A term that is not known, or one that is given and absent.

    References
    ----------
    .. [1] Chapin et al., "Reconciling carbon-cycle concepts, terminology, and methods", Ecosystems 9, 2006.

    Examples
    --------
    >>> import fluxkit as fk
    >>> nep = fk.budget.Term("NEP", 300.0, 30.0)
    >>> found = fk.budget.net_ecosystem_carbon_balance(
    ...     nep, {"harvest": fk.budget.Term("harvest", 120.0, 40.0)}, absent=["fire", "grazing"]
    ... )
    >>> found.necb.value, found.necb.standard_error, found.missing[:2]
    (180.0, 50.0, ('DOC', 'DIC'))
    """
    for name in (*lateral, *absent):
        if name not in LATERAL:
            raise ValueError(f"unknown lateral term {name!r}; known: {', '.join(LATERAL)}")
    both = sorted(set(lateral) & set(absent))
    if both:
        raise ValueError(f"{both[0]} is given and said to be absent: one of both is wrong")
    missing = tuple(name for name in LATERAL if name not in lateral and name not in absent)
    terms: Sequence[Term] = [nep, *lateral.values()]
    weights = [1.0, *(float(LATERAL[name][0]) for name in lateral)]
    necb = total(
        "NECB",
        terms,
        weights,
        correlations,
        includes=(*nep.includes, *lateral),
        lacks=missing,
        years=nep.years,
    )
    return Balance(necb, nep, dict(lateral), missing)
