"""The sample half hour written with other clocks: the same fluxes, to the last digit that files keep."""

import gzip
import lzma
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.raw.reading import open_raw
from fluxkit.site.toml.loading import load
from fluxkit.site.variants import with_change

SAMPLES = Path(__file__).parents[2] / "data_samples" / "open_path"
NAME = "XX-Dem_2024_07_01_1000.dat.gz"
#: Of the first two periods of five minutes.
RIGHT = {
    "FC": (-14.598, -11.464), "LE": (237.215, 196.521), "H": (155.109, 128.562), "USTAR": (0.3731, 0.3233),
    "WD": (268.2, 268.1),
}  # fmt: skip
#: Ten minutes at 10 Hz.
N = 6000


def moments(lines):
    for line in lines:
        text = line.partition('",')[0].strip('"')
        yield datetime.fromisoformat(text if "." in text else f"{text}.0")


def epoch(moment):  # the station's clock is an hour ahead of UTC
    return f"{(moment - timedelta(hours=1) - datetime(1970, 1, 1)).total_seconds():.3f}"


#: Name -> fields of a time, their names, keys of [raw] that must be told.
CLOCKS = {
    "epoch": (lambda m: [epoch(m)], ["EPOCH"], {}),
    "two columns": (lambda m: [f"{m:%Y-%m-%d}", f"{m:%H:%M:%S}:{m.microsecond // 1000:03d}"], ["D", "T"], {}),
    "array": (
        lambda m: [f"{m:%Y}", f"{m:%j}".lstrip("0"), f"{int(f'{m:%H%M}')}",
                   f"{m.second}.{m.microsecond // 100_000}"],
        ["year", "doy", "hhmm", "sec"], {},
    ),
    "zone": (lambda m: [f"{m + timedelta(hours=4):%Y-%m-%dT%H:%M:%S.%f}+05:00"], ["TS"], {}),
    "day first": (lambda m: [f"{m:%d/%m/%Y %H:%M:%S.%f}"], ["TS"], {"day_first": True}),
}  # fmt: skip


@pytest.fixture(scope="module")
def site():
    site = load(SAMPLES / "site.toml")
    return site.model_copy(update={"condense": site.condense.model_copy(update={"period": 5.0})})


@pytest.fixture(scope="module")
def lines():
    with gzip.open(SAMPLES / "raw" / NAME, "rt") as stream:
        return [line.rstrip("\r\n") for line in stream][: N + 4]


def fluxes_of(path, site):
    raw = open_raw(path, site)
    return fk.decide(fk.condense(raw, site), site)


@pytest.fixture(scope="module")
def usual(tmp_path_factory, site, lines):
    path = tmp_path_factory.mktemp("usual") / "a.dat"
    path.write_text("\n".join(lines) + "\n")
    return fluxes_of(path, site)


def test_the_usual_file_gives_what_it_did(usual):
    for name, expected in RIGHT.items():
        # As they came out before response times and the distance of sensors were what they are now.
        np.testing.assert_allclose(usual[name].values[:2], expected, rtol=3e-3)


@pytest.mark.parametrize("name", CLOCKS)
def test_the_same_fluxes(tmp_path, site, lines, usual, name):
    written, names, told = CLOCKS[name]
    header = [text.strip('"') for text in lines[1].split(",")][2:]
    rows = [",".join([*names, *header])]
    for moment, line in zip(moments(lines[4:]), lines[4:], strict=True):
        rows.append(",".join([*written(moment), *line.split(",")[2:]]))
    path = tmp_path / "a.csv.xz"
    path.write_bytes(lzma.compress("\n".join(rows).encode("utf-8-sig") + b"\n"))
    column = names if len(names) > 1 else names[0]
    keys = {"format": "delimited", "file_time": "records", "time_column": column, "names_row": 1}
    found = fluxes_of(path, with_change(site, raw=keys | told))
    assert (found["time"].values == usual["time"].values).all()
    for flux in RIGHT:
        np.testing.assert_array_equal(found[flux].values, usual[flux].values)


def test_the_same_fluxes_of_utf16(tmp_path, site, lines, usual):
    path = tmp_path / "a.dat"
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-16"))
    found = fluxes_of(path, site)
    np.testing.assert_array_equal(found["FC"].values, usual["FC"].values)
