"""Readings to be looked through one panel at a time, each with a window, fitted curves and a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.report.web.packing import packed_words

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint16]

#: Readings and curves are carried as integers up to this one.
TOP = 65535
#: Curves are carried over this many times the range of their readings, which stands in the middle.
REACH = 3.0


@dataclass(frozen=True)
class Course:
    """A fitted curve by points, evenly spaced over the window of its panel."""

    model: str
    y: Array  #: (n,); none where nothing could be fitted
    numbers: Mapping[str, float | None]  #: flux, se, r2, aicc


@dataclass(frozen=True)
class ReviewPanel:
    """Readings of one gas in one closure."""

    closure: int  #: which of the review's
    gas: int
    t: Array  #: (n,) since closing [s]
    c: Array  #: (n,)
    window: tuple[float | None, float | None]  #: since closing [s]
    numbers: Mapping[str, float | None]  #: flux, se, sens, bend, term
    model: str  #: whose curve gave the flux
    flags: Sequence[int]  #: bits that are set
    discarded: bool
    courses: Sequence[Course]


@dataclass(frozen=True)
class Family:
    """Curves of one kind with slope 1 at their begin, over times from 0 to 1.

    A window that is moved on the page is fitted with them by least squares, for a look: what a curve is,
    is told here alone.
    """

    model: str
    shapes: Array  #: (shape,), evenly spaced
    y: Array  #: (shape, n) at evenly spaced times


@dataclass(frozen=True)
class Review:
    """Panels to look through, and decisions that can be saved as a table.

    Texts of users may stand in all of it: the page writes them as texts.
    """

    campaign: str  #: under whose name a browser keeps decisions
    gases: Sequence[Mapping[str, Any]]  #: name, label, unit, flux_unit
    closures: Sequence[Mapping[str, Any]]  #: id, start, and what panels are chosen and described by
    panels: Sequence[ReviewPanel]
    flags: Sequence[tuple[str, str]]  #: of each bit: its name, and what it means
    told: Sequence[str]  #: flags that raise no doubt
    colours: Mapping[str, str]  #: of each model
    family: Family
    straight: Sequence[str] = ()  #: models whose curve is a line
    decisions: Sequence[Mapping[str, str]] = ()  #: made before, rows of their table
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: by what panels can be chosen

    @property
    def occurring(self) -> list[tuple[int, str]]:
        """Bits of the flags that some panel carries, and their names in words."""
        found = sorted({number for panel in self.panels for number in panel.flags})
        return [(number, self.flags[number][0].replace("_", " ")) for number in found]


def review_data(review: Review) -> dict[str, Any]:
    """Return a review as the page carries it: JSON, and one block of integers.

    A panel tells where its times, readings and curves begin in the block, and what turns them back.
    """
    panels: list[dict[str, Any]] = []
    blocks: list[Words] = []
    at = 0

    def put(values: Array, low: float, step: float) -> int:
        nonlocal at
        numbers = np.round((values - low) / step) if step > 0.0 else np.zeros(values.size)
        blocks.append(np.clip(np.nan_to_num(numbers), 0, TOP).astype("<u2"))
        at += values.size
        return at - values.size

    for panel in review.panels:
        t0, dt = _scale(panel.t)
        c0, dc = _scale(panel.c)
        y0, dy = c0 - (REACH - 1.0) / 2.0 * TOP * dc, REACH * dc
        panels.append(
            {
                "k": panel.closure, "g": panel.gas, "n": int(panel.t.size),
                "t": [put(panel.t, t0, dt), t0, dt], "c": [put(panel.c, c0, dc), c0, dc], "y": [y0, dy],
                "ws": panel.window[0], "we": panel.window[1], **panel.numbers, "model": panel.model,
                "flags": list(panel.flags), "discarded": panel.discarded,
                "fits": [
                    {"model": one.model, "at": put(one.y, y0, dy), "n": int(one.y.size), **one.numbers}
                    for one in panel.courses
                ],
            }
        )  # fmt: skip
    shapes = review.family.shapes
    y0, dy = _scale(review.family.y)
    family = {
        "model": review.family.model, "low": float(shapes[0]), "step": float(shapes[1] - shapes[0]),
        "count": int(shapes.size), "n": int(review.family.y.shape[1]),
        "at": put(review.family.y.ravel(), y0, dy), "y": [y0, dy],
    }  # fmt: skip
    return {
        "campaign": review.campaign,
        "gases": list(review.gases),
        "flags": [name for name, _ in review.flags],
        "meanings": [words for _, words in review.flags],
        "told": list(review.told),
        "colours": dict(review.colours),
        "straight": list(review.straight),
        "closures": list(review.closures),
        "panels": panels,
        "family": family,
        "decisions": list(review.decisions),
        "choices": list(review.choices),
        "words": packed_words(np.concatenate([*blocks, np.empty(0, "<u2")])),
    }


def _scale(values: Array) -> tuple[float, float]:
    """Return the least value and the step of the integers above it, short enough for a page."""
    if not values.size:
        return 0.0, 0.0
    low = float(f"{values.min():.10g}")
    return low, float(f"{max(values.max() - low, 0.0) / TOP:.7g}")
