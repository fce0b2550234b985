"""The fourth gas of a project: nitrous oxide, or whichever gas the metadata file says."""

import re
from typing import Any

from fluxkit.schema import gases
from fluxkit.site.eddypro.ledger import Ledger

#: Square centimetres to square metres.
_CM2 = 1e-4


def name_fourth_gas(data: dict[str, Any], project: Ledger, metadata: Ledger, position: int | None) -> None:
    """Give the fourth gas its own name and facts, in place; enters the notes of ``gas_mw`` and ``gas_diff``.

    Parameters
    ----------
    data : dict
        The site as translated so far, in which that gas is called n2o.
    project, metadata : Ledger
        The two files.
    position : int or None
        Its column, 1 = first; None if there is no such gas.
    """
    theirs = "" if position is None else metadata.text("FileDescription", f"col_{position}_variable")
    plain = re.sub(r"[^a-z0-9]", "", theirs.casefold())
    name = gases.aliases().get(plain, plain)
    if name in ("", "n2o"):
        for key in ("gas_mw", "gas_diff"):
            project.enter("Project", key, "same", "of a fourth gas other than N2O; there is none")
        return
    if not gases.is_name(name):
        problem = f"found {theirs!r}; a gas needs a name that begins with a letter"
        raise metadata.wrong("FileDescription", f"col_{position}_variable", problem)
    for table in (data["columns"], data["condition"]["limits"], data["condition"]["spike_limit"]):
        if "n2o" in table:
            table[name] = table.pop("n2o")
    facts = _facts(project, name)
    if facts:
        data["gas"] = {name: facts}


def _facts(project: Ledger, name: str) -> dict[str, float]:
    facts = {}
    for key, ours, scale, unit in (
        ("gas_mw", "molar_mass", 1.0, "g mol-1"),
        ("gas_diff", "diffusivity", _CM2, "cm2 s-1"),
    ):
        value = project.number("Project", key, -1.0)
        if value > 0.0:
            facts[ours] = value * scale
            project.enter("Project", key, "near", f"gas.{name}.{ours}; read as {unit}")
        elif gases.known(name):
            project.enter("Project", key, "same", f"of {name}, as in the table of gases")
        elif key == "gas_mw":
            raise project.wrong("Project", key, f"missing; give the molar mass of {name}, {unit}")
    return facts
