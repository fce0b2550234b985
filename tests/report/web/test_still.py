"""Drawings of a page have their numbers behind them."""

import numpy as np

from fluxkit.report import style
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Bars, Line, Markers, ShadedBand, Whiskers
from fluxkit.report.web.still import MOST_VALUES, numbers_of, still


def drawing():
    figure, (panel,) = style.figure([1.0])
    style.name_axes(panel, below="day (d)", left="flux (1)")
    return figure, panel


def test_values_of_all_marks_are_told_by_the_names_of_the_legend():
    figure, panel = drawing()
    x = np.arange(3.0)
    panel.add(
        Line(x, 2.0 * x, style.BLUE), Markers(x, np.array([1.0, np.nan, -3.0]), style.RED),
        Whiskers(x[:1], x[:1] - 1.0, x[:1] + 1.0, style.INK),
        ShadedBand(x[:1], x[:1], x[:1] + 0.5, style.SKY),
    )  # fmt: skip
    style.legend(figure, [Key("model", style.BLUE), Key("found", style.RED)], 1.0)
    table = numbers_of(figure)
    assert table.head == ["of", "shown", "along the axis", "value", "from", "to"]
    assert table.rows[0] == ["flux (1) against day (d)", "model", "0", "0", "", ""]
    assert table.rows[2][:4] == ["", "", "2", "4"]  # not said again
    assert [row[3] for row in table.rows if row[1] == "found" or row[3] == "−3"] == ["1", "−3"]
    assert table.rows[-1][4:] == ["0", "0.5"]
    assert table.more == ""


def test_rows_of_bars_have_their_words():
    figure, panel = drawing()
    panel.add(Bars([(0, 0, 5), (1, 5, 2)], style.BLUE))
    panel.y.ticks = ([0, 1], ["all", "lost"])
    assert [row[-2:] for row in numbers_of(figure).rows] == [["all", "5"], ["lost", "2"]]


def test_long_series_are_told_by_some_of_their_values():
    figure, panel = drawing()
    panel.add(Line(np.arange(1e4), np.arange(1e4), style.BLUE))
    table = numbers_of(figure)
    assert len(table.rows) <= MOST_VALUES
    assert "evenly spaced" in table.more


def test_an_empty_drawing_has_no_table():
    figure, _ = drawing()
    assert numbers_of(figure) is None
    assert still(figure, "x", "nothing").numbers is None
