"""What changed, as tables."""

from collections.abc import Sequence

import numpy as np

from fluxkit.differences.differences import Difference
from fluxkit.differences.results import Diff

Rows = list[list[object]]

_OF_VARIABLES = (
    *("rank", "variable", "units", "kind", "in_a", "in_b", "in_both", "changed", "rms", "largest"),
    *("largest_at_utc", "a", "b", "difference", "unit", "by_values", "by_gained", "by_lost", "relative"),
)


def tables(found: Diff) -> dict[str, Rows]:
    """Return head and rows of each table, by its name."""
    units = {each.variable: each.unit for each in found.variables}
    made: dict[str, Rows] = {
        "differences": [list(_OF_VARIABLES), *variable_rows(found.variables)],
        "months": [
            ["month", "variable", "in_a", "in_b", "a", "b", "difference", "unit"],
            *(
                _row(str(m.month), m.variable, m.in_a, m.in_b, m.a, m.b, m.b - m.a, m.unit)
                for m in found.months
            ),
        ],
        "periods": [
            ["start_utc", "variable", "a", "b", "moves_the_sum_by", "unit"],
            *(_row(minute(p.time), p.variable, p.a, p.b, p.amount, p.unit) for p in found.periods),
        ],
        "causes": [["what", "name", "a", "b"], *(_row(c.what, c.name, c.a, c.b) for c in found.causes)],
    }
    if found.decisions:
        made["decisions"] = [
            ["decision", "flux", "change", "unit"],
            *(
                _row(t.decision, n, amount, units[n])
                for t in found.decisions
                for n, amount in t.amounts.items()
            ),
        ]
    return made


def variable_rows(found: Sequence[Difference]) -> Rows:
    """Return the rows of the table of all variables, as ranked."""
    return [
        _row(
            *(k, d.variable, d.units, d.kind, d.in_a, d.in_b, d.in_both, d.changed, d.rms, d.largest),
            *(
                minute(d.largest_at),
                d.a,
                d.b,
                d.total,
                d.unit,
                d.by_values,
                d.by_gained,
                d.by_lost,
                d.relative,
            ),
        )
        for k, d in enumerate(found, 1)
    ]


def minute(time: np.datetime64) -> str:
    """Return a moment to the minute; "" if there is none."""
    return "" if np.isnat(time) else str(np.datetime_as_string(time, unit="m"))


def _row(*cells: object) -> list[object]:
    return [_cell(cell) for cell in cells]


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.7g}" if np.isfinite(value) else ""
    return value
