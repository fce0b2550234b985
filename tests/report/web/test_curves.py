"""Curves that a record opens with: what the page's script reads back is what was given."""

import base64
import dataclasses
import json
import re
import zlib

import numpy as np
import pytest

from fluxkit.report.web.curves import CHUNK, STEPS, Curves, curves_data, within
from fluxkit.report.web.packing import unpacked
from fluxkit.report.web.page import render_page
from tests.report.web.made_page import EVIL, made_page
from tests.report.web.script import Script


def made(n: int = 30, m: int = 46, log: str = "x", seed: int = 3) -> Curves:
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e-3, 10.0, m)
    values = {name: 10.0 ** rng.normal(-1.5, 0.6, (n, m)) for name in ("T", "CO₂")}
    values["CO₂"][0] = np.nan
    values["T"][1, 5] = np.nan
    return Curves("Cospectra", x, "frequency (Hz)", "1", np.arange(n) * 2, values, log)


def read_back(script: Script, data: dict, record: int) -> list[np.ndarray]:
    """What the script makes of one record."""
    block = record // data["chunk"]
    raw = list(zlib.decompress(base64.b64decode(data["chunks"][block])))
    ends = list(zlib.decompress(base64.b64decode(data["ends"])))
    got = script.call(
        "core.curves(Uint8Array.from(ARGS[0]), core.halves(Uint8Array.from(ARGS[1])), ...ARGS.slice(2))",
        raw, ends, record, block * data["chunk"], data,
    )  # fmt: skip
    return [np.array(row, dtype=float) for row in got]


@pytest.mark.parametrize("log", ["", "x", "xy"])
def test_the_script_reads_what_is_written(script: Script, log: str) -> None:
    curves = made(log=log)
    data = curves_data(curves)
    np.testing.assert_array_equal(unpacked(data["records"]), curves.records)
    for record in (0, 1, 17, 29):
        for name, got in zip(data["names"], read_back(script, data, record), strict=True):
            given = curves.values[name][record]
            if log == "xy":
                given, got = np.log10(given), np.log10(got)
            known = np.isfinite(given)
            np.testing.assert_array_equal(np.isfinite(got), known)
            if known.any():
                # Half a step, and the ends by three digits.
                near = 0.51 * np.ptp(given[known]) / STEPS + np.abs(given[known]).max() / 120
                assert np.abs(got - given)[known].max() <= near


def test_a_wild_record_does_not_spoil_the_others(script: Script) -> None:
    curves = made()
    curves.values["T"][3] *= 1e9
    data = curves_data(curves)
    got, given = read_back(script, data, 7)[0], curves.values["T"][7]
    np.testing.assert_allclose(got, given, atol=0.02 * given.max())


def test_a_long_record_comes_in_blocks(script: Script) -> None:
    curves = made(CHUNK + 40, 8)
    data = curves_data(curves)
    assert len(data["chunks"]) == 2
    given = curves.values["T"][CHUNK + 39]
    np.testing.assert_allclose(
        read_back(script, data, CHUNK + 39)[0], given, atol=0.02 * np.nanmax(given), equal_nan=True
    )


def test_what_there_is_no_room_for_is_thinned_evenly() -> None:
    curves = made(600)
    whole = len(json.dumps(curves_data(curves)))
    kept, share = within([curves, curves], whole)
    assert sum(len(json.dumps(curves_data(one))) for one in kept) <= whole
    assert 0.4 < share < 0.5
    assert np.diff(kept[0].records).max() <= 2 * np.ceil(1 / share)
    same, share = within([curves], whole)
    assert share == 1.0
    assert same[0] is curves


def test_nothing_at_all_is_carried() -> None:
    empty = Curves("x", np.array([1.0]), "", "", np.empty(0, np.int64), {})
    assert curves_data(empty)["chunks"] == []


def test_their_texts_are_escaped() -> None:
    one = dataclasses.replace(made(), title=EVIL, x_label=EVIL)
    page = render_page(dataclasses.replace(made_page(2), opened=[one], opened_words=EVIL, holds=[EVIL]))
    assert "<script>alert" not in page
    assert len(re.findall("<script", page)) == 6
