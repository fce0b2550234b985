"""Known truth: run the experiments of fluxkit.synthetic.truth and keep what they gave; some minutes.

python docs/truth.py            all of them
python docs/truth.py WORD...    those whose step holds a word; the others stay as they are
"""

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path

from fluxkit.synthetic.truth import STEPS, Row, rows

FILE = Path(__file__).resolve().parent / "known_truth.json"


def stored() -> list[Row]:
    """Return the rows that were kept, in the order of the steps."""
    found = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    kept = [Row(**row | {"without": math.nan if row["without"] is None else row["without"]}) for row in found]
    order = list(STEPS)
    return sorted((row for row in kept if row.step in STEPS), key=lambda row: order.index(row.step))


def keep(found: list[Row]) -> None:
    """Write rows."""
    written = [asdict(row) | {"without": None if math.isnan(row.without) else row.without} for row in found]
    FILE.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8", newline="\n")


def cells() -> list[tuple[str, ...]]:
    """Return the lines of the table."""
    return [
        (
            row.step,
            row.defect,
            f"`{row.quantity}`, {row.unit}",
            f"{row.planted:.4g}",
            "" if math.isnan(row.without) else f"{percent(row.without / row.planted - 1.0)} %",
            f"{row.recovered:.4g}",
            percent(row.error) + (f" ± {100.0 * row.scatter:.2f} %" if row.scatter else " %"),
            str(row.realisations),
        )
        for row in stored()
    ]


def percent(share: float) -> str:
    """Return a share in percent with its sign; none of -0.00."""
    return f"{round(100.0 * share, 2) + 0.0:+.2f}"


def main(words: list[str]) -> int:
    """Run what is asked for."""
    found = {step: [row for row in stored() if row.step == step] for step in STEPS}
    for step in STEPS:
        if not words or any(word in step for word in words):
            found[step] = rows([step])
            for row in found[step]:
                sys.stdout.write(f"{row.step}: {row.quantity} {100.0 * row.error:+.3f} %\n")
            sys.stdout.flush()
            keep([row for some in found.values() for row in some])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
