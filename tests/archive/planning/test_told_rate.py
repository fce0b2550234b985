"""A rate that the names of the files contradict is told once for the archive."""

import numpy as np
import pytest

from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.sources import Look, in_order, told_rate
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.synthetic.writers import Field, write_table


@pytest.mark.parametrize(
    ("rate", "true", "told"), [(10.0, 12.5, True), (12.5, 10.0, True), (10.0, 10.0, False)]
)
def test_names_that_contradict_the_rate(tmp_path, rate, true, told):
    n = round(300 * true)
    for k in range(4):
        x = np.random.default_rng(k).normal(size=n)
        write_table(
            tmp_path / f"x_2024070110{5 * k:02d}.csv", [Field("u", "m/s", 3), Field("w", "m/s", 3)], [x, x]
        )
    layout = Layout(
        "delimited", rate, (LayoutColumn("u", "u"),), "name", 0.0, "x_%Y%m%d%H%M.csv", name_time_is="start",
        header_rows=2, names_row=1,
    )  # fmt: skip
    look = Look(layout, Index(tmp_path / "index.json"))
    sources = sorted((look.start(path) for path in tmp_path.glob("*.csv")), key=in_order)
    found = list(told_rate(sources, lambda source: look))
    assert len(found) == told
    if told:
        assert f"are {true:g} Hz, but raw.rate = {rate:g} Hz" in found[0]
