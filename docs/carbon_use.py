"""Make fluxkit/budget/tower/carbon_use.csv: NPP : GPP by plant type from ForC, and of all forests.

Run ``python docs/carbon_use.py forc_biome_averages.csv`` with the table of that name of forc-db/ForC
(``numbers_and_facts/``, CC-BY-4.0). Its means of GPP and NPP are of different stands, so that their ratio is
lower than that of stands where both were measured; the spread of both enters.
"""

import csv
import io
import math
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "fluxkit" / "budget" / "tower" / "carbon_use.csv"
HEAD = ("plant_type", "cue", "standard_deviation", "low", "high", "basis", "citation", "seen_at")
FORC = (
    "Anderson-Teixeira et al. 2018, ForC: a global database of forest carbon stocks and fluxes, "
    "Ecology 99, 1507; Anderson-Teixeira et al. 2021, Environ. Res. Lett. 16, 053009"
)
PAIRED = [
    (
        "forest", "0.46", "0.12", "0.22", "0.79",
        "mean, standard deviation and range of more than 200 studies where both were known",
        "Collalti & Prentice 2019, Is NPP proportional to GPP? Waring's hypothesis 20 years on, "
        "Tree Physiology 39, 1473-1483",
        "abstract at researchgate.net/publication/331772921",
    ),
    (
        "forest (Waring 1998)", "0.47", "0.04", "0.39", "0.55",
        "mean and standard deviation; range: two standard deviations",
        "Waring, Landsberg & Williams 1998, Net primary production of forests: a constant fraction of gross "
        "primary production?, Tree Physiology 18, 129-134",
        "as quoted in the abstract of Collalti & Prentice 2019",
    ),
]  # fmt: skip


def table(source: Path) -> str:
    """Return the table as text."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["variable.diagram"] in ("GPP", "NPP")]
    found = {(row["Biome"], row["variable.diagram"]): row for row in rows}
    lines = [HEAD, *PAIRED]
    for biome in dict.fromkeys(row["Biome"] for row in rows):
        gpp, npp = found[biome, "GPP"], found[biome, "NPP"]
        g, n = float(gpp["mean"]), float(npp["mean"])
        cue = n / g
        spread = cue * math.hypot(float(gpp["std"]) / g, float(npp["std"]) / n)
        basis = (
            f"ratio of means of different stands: NPP {n:g} ({npp['n.plots']} plots), "
            f"GPP {g:g} Mg C ha-1 a-1 ({gpp['n.plots']} plots); range: two standard deviations"
        )
        low, high = max(cue - 2 * spread, 0.0), min(cue + 2 * spread, 1.0)
        lines.append(
            (biome, *(f"{x:.3f}" for x in (cue, spread, low, high)), basis, FORC,
             "forc-db/ForC numbers_and_facts/forc_biome_averages.csv")
        )  # fmt: skip
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


if __name__ == "__main__":
    TARGET.write_text(table(Path(sys.argv[1])), encoding="utf-8", newline="\n")
