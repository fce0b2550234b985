"""The writer of figures: places, ticks, gaps, images of many points."""

import base64
import re
import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from fluxkit.report.svg import raster, scale
from fluxkit.report.svg.drawing import Axis, Drawing, Panel
from fluxkit.report.svg.marks import Level, Line, Markers, PanelPlace, Rug, ShadedBand
from fluxkit.report.svg.scale import Scale


def place(x: tuple[float, float] = (0.0, 10.0), y: tuple[float, float] = (0.0, 10.0)) -> PanelPlace:
    return PanelPlace(Scale(*x, 0.0, 100.0), Scale(*y, 100.0, 0.0), 0.0, 0.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("low", "high", "most", "words"),
    [
        (-23.0, 11.0, 9, ["−20", "−15", "−10", "−5", "0", "5", "10"]),
        (0.02, 0.53, 3, ["0.2", "0.4"]),
        (95.6, 96.2, 3, ["95.6", "95.8", "96.0", "96.2"]),
        (-0.8, 1.1, 5, ["−0.5", "0.0", "0.5", "1.0"]),
    ],
)
def test_ticks_are_round_and_say_so(low: float, high: float, most: int, words: list[str]) -> None:
    assert scale.numerals(scale.round_ticks(low, high, most)) == words


def test_counts_have_whole_ticks() -> None:
    assert scale.numerals(scale.round_ticks(0.0, 2.4, 6, whole=True)) == ["0", "1", "2"]


def test_a_day_has_hours_and_a_year_has_months() -> None:
    day = scale.days_since_1970(np.array(["2025-06-12T00:00", "2025-06-13T00:00"], "M8[s]"))
    assert scale.time_ticks(day[0] - 0.001, day[1] + 0.001, 9)[1][:3] == ["12 Jun", "03:00", "06:00"]
    assert scale.time_ticks(day[0], day[0] + 365.0, 9)[1][:2] == ["Jul 2025", "Sep 2025"]
    weeks = scale.time_ticks(day[0], day[0] + 30.0, 9)[1]
    assert "Jul 2025" in weeks
    assert "29 Jun" not in weeks or "01 Jul" not in weeks


def test_a_logarithmic_axis_takes_no_zero() -> None:
    at = Scale(0.1, 10.0, 0.0, 100.0, log=True).at([0.0, -1.0, 1.0])
    assert np.isnan(at[:2]).all()
    assert at[2] == pytest.approx(50.0)


def test_lines_and_bands_break_at_gaps() -> None:
    x, y = np.arange(5.0), np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    assert Line(x, y, "#000000").svg(place()).count("M") == 2
    assert ShadedBand(x, y - 1, y + 1, "#000000").svg(place()).count("z") == 2


def test_a_year_of_a_level_line_is_short_and_wild_ones_keep_their_extremes() -> None:
    x = np.arange(20_000.0)
    assert len(Line(x, np.full(x.size, 3.0), "#000000").svg(place((0, 2e4)))) < 200
    wild = np.where(x == 7777, 9.0, 1.0 + x % 2)
    drawn = Line(x, wild, "#000000").svg(place((0, 2e4)))
    assert len(drawn) < 20_000
    assert " 10.00" in drawn  # the one value of 9
    assert len(Rug(x, "#000000").svg(place((0, 2e4)))) < 5_000


def test_many_points_are_an_image_with_every_point() -> None:
    x, y = np.array([10.0, 50.0, 90.0]), np.array([20.0, 50.0, 80.0])
    link = raster.image(x, y, 100.0, 100.0, colour="#0072B2", marker="o", size=4.0, alpha=1.0)
    data = base64.b64decode(link.partition(",")[2])
    width, height, depth = struct.unpack(">IIB", data[16:25])
    assert (width, height, depth) == (200, 200, 4)
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + length]), np.uint8).reshape(height, -1)[:, 1:]
    levels = np.stack([rows >> 4, rows & 15], axis=-1).reshape(height, -1)
    assert levels[40, 20] == levels[100, 100] == levels[160, 180] == 15
    assert levels[70, 60] == 0
    assert levels.sum() / 15 == pytest.approx(3 * np.pi * 4.0**2, rel=0.03)
    twice = raster.image(
        x[[0, 0]], y[[0, 0]], 100.0, 100.0, colour="#0072B2", marker="o", size=4.0, alpha=0.5
    )
    assert twice != raster.image(
        x[:1], y[:1], 100.0, 100.0, colour="#0072B2", marker="o", size=4.0, alpha=0.5
    )


def test_a_scatter_becomes_an_image_by_itself() -> None:
    few, many = np.linspace(0.0, 1.0, 5000), np.linspace(0.0, 1.0, 5001)
    at = place((0, 1), (0, 1))
    assert Markers(few, few, "#0072B2").svg(at).startswith("<path")
    assert Markers(many, many, "#0072B2").svg(at).startswith("<image")


def test_the_drawing_is_well_formed_and_escapes_texts() -> None:
    panel = Panel(50.0, 10.0, 200.0, 100.0, x=Axis(name="a < b & c"))
    panel.add(Markers(np.arange(3.0), np.arange(3.0), "#0072B2", "X"), Level(1.0, "#000000"))
    drawing = Drawing(300.0, 150.0, [panel])
    ElementTree.fromstring(drawing.svg("one"))
    assert "a &lt; b &amp; c" in drawing.svg()
    names = re.findall(r'id="([^"]+)"', drawing.svg("one"))
    assert names
    assert all(name.startswith("one-") for name in names)
    assert drawing.svg("one") == drawing.svg("one")
