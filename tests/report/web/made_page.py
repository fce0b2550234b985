"""A page with everything that a page may hold."""

import numpy as np

from fluxkit.report.style import figure
from fluxkit.report.web.page import WebPage
from fluxkit.report.web.parts import (
    Clock,
    Column,
    Diurnal,
    Fingerprint,
    Lines,
    Section,
    Series,
    Static,
    Table,
)

EVIL = "<script>alert(1)</script>\"'&\u202edecalp\u2028"


def made_page(days: int = 90, title: str = EVIL, label: str = EVIL) -> WebPage:
    n = 48 * days
    rng = np.random.default_rng(5)
    hour = np.arange(n) % 48 / 2
    nee = 4.0 - 15.0 * np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi)) + rng.normal(0, 1.0, n)
    nee[rng.random(n) < 0.2] = np.nan
    classes = np.where(np.isnan(nee), np.nan, rng.integers(0, 3, n))
    reasons = [f"reason {k} {EVIL}" for k in range(20)]
    columns = {
        "NEE": Column(nee, label, "µmol m⁻² s⁻¹"),
        "NEE_QC": Column(classes, "quality of NEE", words={0: "best", 1: "general use", 2: "discard"}),
        "LOW": Column(nee - 1.0, "lower limit", "µmol m⁻² s⁻¹"),
        "HIGH": Column(nee + 1.0, "upper limit", "µmol m⁻² s⁻¹"),
        "LE": Column(np.abs(nee) * 20.0, "LE", "W m⁻²"),
        "EMPTY": Column(np.full(n, np.nan), "empty", "m"),
        "FLAG": Column(rng.integers(0, 2**20, n).astype(float), "reasons", bits=reasons),
    }
    drawing, _ = figure([1.0])
    sections = [
        Section(
            "Fingerprints",
            [Fingerprint("NEE"), Fingerprint("NEE_QC", "classes"), Fingerprint("LE", "sequential")],
        ),
        Section(
            "Fluxes",
            [
                Lines(
                    [Series("NEE", kind="points", quality="NEE_QC", band=("LOW", "HIGH"))],
                    "NEE (µmol m⁻² s⁻¹)",
                ),
                Lines([Series("LE"), Series("EMPTY", kind="points")], "LE (W m⁻²)"),
            ],
            f"Through time. {EVIL}",
        ),
        Section("Course of the day", [Diurnal("NEE"), Diurnal("EMPTY")]),
        Section("Still", [Static(drawing.svg("still"), f"A drawing {EVIL}")]),
        Section("Table", [Table(["name", "number"], [[EVIL, "1"], ["b", "2"]], [1])]),
    ]
    clock = Clock(np.datetime64("2019-02-27T00:00"), 1800.0, n, "local standard time (UTC+1)")
    return WebPage(
        title, sections, clock, columns, [EVIL], [(str(n), "half hours")], [EVIL], f"Made by {EVIL}"
    )
