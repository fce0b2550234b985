"""Formats that are no text: real files value by value, round trips, damage."""

import gzip
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import binary, edisol, meteoflux, slt
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import open_raw
from fluxkit.raw.registry import identify
from fluxkit.site.models import Site
from tests.logger_files import binary_files as made

RAW = "data/ec_raw/"
START = np.datetime64("2016-11-23T09:30", "ns")
N = 300
RNG = np.random.default_rng(5)
WIND = np.round(RNG.normal(0.0, 2.0, (3, N)), 2)
SOUND = np.round(RNG.normal(341.0, 0.3, N) * 50.0) / 50.0
WARM = np.round(RNG.normal(20.0, 0.5, N), 2)
VOLTS = np.round(RNG.uniform(0.0, 4999.0, (2, N)), 1)


def layout_for(
    name: str, *columns: str | int, file_time: str = "name", pattern: str = "x_%Y%m%d%H%M.*"
) -> Layout:
    """10 Hz, UTC + 1, columns as they are."""
    return Layout(
        name, 10.0, tuple(LayoutColumn(str(c), c) for c in columns), file_time, 1.0, pattern,
        name_time_is="start",
    )  # fmt: skip


SLT = layout_for("slt", "u", "v", "w", "sos", "analog_1", "analog_2", file_time="records")
EDISOL = layout_for("edisol", "u", "v", "w", "t_sonic", "analog_1", "analog_2")
METEOFLUX = layout_for("meteoflux", "u", "v", "w", "t_sonic", "analog_1")
BINARY = replace(
    layout_for("binary", 1, 2, 4), number_types=("int16", "int16", "int16", "float32"), record_bytes=12,
    header_rows=1, header_bytes=3, byte_order="big",
)  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One sound file of each format."""
    found = {name: tmp_path / f"x_201611230930.{name}" for name in ("slt", "edisol", "meteoflux", "binary")}
    made.write_slt(found["slt"], START, WIND, SOUND, VOLTS, high_resolution=[True, False])
    made.write_edisol(found["edisol"], START, WIND, WARM, VOLTS, 10.0)
    made.write_meteoflux(found["meteoflux"], WIND, WARM, np.rint(np.array([WARM, WARM, *VOLTS])))
    made.write_binary(
        found["binary"], [*(100 * WIND), WARM], [">i2"] * 3 + [">f4"], header=b"a line\r\nabc", padding=2
    )
    return found


@pytest.mark.parametrize(
    ("reader", "layout", "expected"),
    [
        (slt, SLT, [*WIND, SOUND, VOLTS[0], np.rint(VOLTS[1])]),
        (edisol, EDISOL, [*WIND, WARM, *np.rint(VOLTS)]),
        (meteoflux, METEOFLUX, [*WIND, WARM, np.rint(VOLTS[0])]),
        (binary, BINARY, [np.rint(100 * WIND[0]), np.rint(100 * WIND[1]), WARM.astype("f4")]),
    ],
)
def test_what_was_written_is_read(files, reader, layout, expected):
    samples = reader.READER.read(files[layout.format], layout)
    assert samples.start == np.datetime64("2016-11-23T08:30")
    assert (samples.records, samples.size, samples.problems) == (N, N, [])
    for column, values in zip(layout.columns, expected, strict=True):
        np.testing.assert_array_equal(samples.data[column.variable], values)


def test_hundredths_are_the_doubles_of_text(files):
    u = slt.READER.read(files["slt"], SLT).data["u"]
    assert [f"{x:.2f}" == repr(float(x)) or repr(float(x)) == f"{x:.1f}" for x in u] == [True] * N


def test_recognised_and_inspected(files):
    assert [identify(files[name]) for name in ("slt", "meteoflux")] == ["slt", "meteoflux"]
    found = inspect(files["slt"])
    assert (found.format, found.records, found.first) == ("slt", N, np.datetime64("2016-11-23T09:30"))
    assert [(c.name, c.unit) for c in found.columns][2:5] == [
        ("w", "m s-1"),
        ("sos", "m s-1"),
        ("analog_1", "mV"),
    ]
    assert first_time(files["slt"], SLT) == np.datetime64("2016-11-23T08:30")


def test_a_format_without_a_mark_is_inspected_when_named(files):
    found = inspect(files["edisol"], "edisol")
    assert (found.format, found.records, found.first) == ("edisol", N, None)
    assert [c.name for c in found.columns][3:] == ["t_sonic", "analog_1", "analog_2"]
    assert found.columns[3].mean == pytest.approx(WARM.mean())


@pytest.mark.parametrize("name", ["edisol", "binary"])
def test_formats_without_a_mark_are_not_guessed(files, name):
    with pytest.raises(ReadError, match="known formats"):
        identify(files[name])


@pytest.mark.parametrize(("reader", "layout"), [(edisol, EDISOL), (meteoflux, METEOFLUX), (binary, BINARY)])
def test_time_must_come_from_the_name(files, reader, layout):
    with pytest.raises(ReadError, match=r"raw\.file_time"):
        reader.READER.read(files[layout.format], replace(layout, file_time="records"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number_types": ()}, r"raw\.number_types take 0 bytes"),
        ({"record_bytes": 9}, r"take 10 bytes, raw\.record_bytes is 9"),
        ({"header_rows": 9_999}, r"ends in line \d+ of raw\.header_rows = 9999"),
        ({"header_bytes": 99_999}, "holds no complete record"),
        ({"columns": (LayoutColumn("u", 5),)}, r"column 5 .* records have 4 fields"),
        ({"columns": (LayoutColumn("u", "Ux"),)}, "Ux"),
    ],
)
def test_a_layout_that_does_not_fit(files, changes, message):
    with pytest.raises(ReadError, match=message):
        binary.READER.read(files["binary"], replace(BINARY, **changes))


def test_one_type_for_all_numbers(tmp_path):
    path = tmp_path / "x_201611230930.bin"
    made.write_binary(path, [*WIND, WARM], ["<f4"] * 4)
    layout = replace(layout_for("binary", 4), number_types=("float32",), record_bytes=16, header_rows=0)
    np.testing.assert_array_equal(binary.READER.read(path, layout).data["4"], WARM.astype("f4"))


def test_codes_and_damaged_floats_are_missing(tmp_path):
    path = tmp_path / "x_201611230930.bin"
    made.write_binary(path, [np.array([1.0, -9999.0, np.nan, np.inf, 3e38, 2.0])], ["<f4"])
    layout = replace(layout_for("binary", 1), number_types=("float32",), precision="float32", header_rows=0)
    layout = replace(layout, columns=(LayoutColumn("u", 1, gain=1e6),))
    assert np.flatnonzero(~np.isnan(binary.READER.read(path, layout).data["u"])).tolist() == [0, 5]


@pytest.mark.parametrize(("reader", "layout"), [(slt, SLT), (edisol, EDISOL), (meteoflux, METEOFLUX)])
@pytest.mark.parametrize("cut", [1, 500, 1_001])
def test_what_precedes_a_cut_is_kept(files, reader, layout, cut):
    whole = reader.READER.read(files[layout.format], layout)
    path = files[layout.format]
    path.write_bytes(path.read_bytes()[:-cut])
    samples = reader.READER.read(path, layout)
    assert samples.records < N
    for name, values in samples.data.items():
        np.testing.assert_array_equal(values, whole.data[name][: samples.records])
    told = [(problem.lost, problem.line) for problem in samples.problems]
    assert told in ([("rest of file", samples.records + 1)], [])
    assert told or path.stat().st_size % (2 * len(layout.columns)) == 0


def test_a_cut_archive_is_told(files, tmp_path):
    packed = tmp_path / "x_201611230930.slt.gz"
    packed.write_bytes(gzip.compress(files["slt"].read_bytes())[:-600])
    samples = slt.READER.read(packed, SLT)
    assert 0 < samples.records < N
    assert samples.problems[0].lost == "rest of file"


@pytest.mark.parametrize("reader", [slt, edisol, meteoflux, binary])
@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff" * 40, b"no header at all, but words\r\n"])
def test_garbage(tmp_path, reader, content):
    path = tmp_path / "x_201611230930.dat"
    path.write_bytes(content)
    layout = {slt: SLT, edisol: EDISOL, meteoflux: METEOFLUX, binary: BINARY}[reader]
    try:
        samples = reader.READER.read(path, layout)
    except ReadError:
        return
    assert reader is meteoflux  # which has no header: its records are numbers whatever they are
    assert samples.records == 1


def test_eddymeas_against_the_loggers_own_means(shared):
    """Means of the logging program, unrotated, in the row of the end of each half hour."""
    folder = Path(shared) / RAW / "thuenen_eddymeas_slt"
    rows = (folder / "W20163281404.flx").read_text("latin-1").splitlines()
    names = [name.strip() for name in rows[0].split(",")]
    told = {row.split(",")[0].strip(): [float(x) for x in row.split(",")[1:]] for row in rows[1:6]}
    worst = {}
    for clock, end in (
        ("1404", "14:30"),
        ("1430", "15:00"),
        ("1500", "15:30"),
        ("1530", "16:00"),
    ):
        layout = layout_for("slt", *SLT_COLUMNS, file_time="records")
        samples = slt.READER.read(folder / f"W2016328{clock}.slt", layout)
        row = dict(zip(names[1:], told[f"23.11.2016 {end}"], strict=False))
        data = samples.data
        assert abs(samples.records - row["recs"]) <= 1
        means = {
            "u": data["u"].mean(), "v": data["v"].mean(), "w": data["w"].mean(),
            "T": (data["sos"] ** 2 / 403.0).mean() - 273.15,
            "CO2": 10.0 + data["analog_1"].mean() * 0.006, "H2O": data["analog_2"].mean() * 0.6,
        }  # fmt: skip
        for name, mean in means.items():
            worst[name] = max(worst.get(name, 0.0), abs(mean - row[name]))
    print("worst deviation from the logger's means:", {name: float(f"{x:.2g}") for name, x in worst.items()})
    assert worst["u"] < 1e-5
    assert worst["v"] < 1e-5
    assert worst["w"] < 1e-5
    assert worst["T"] < 0.014  # the logger's zero of temperature is 273.16 K
    assert worst["CO2"] < 1e-4
    assert worst["H2O"] < 2e-3


SLT_COLUMNS = ("u", "v", "w", "sos", "analog_1", "analog_2")


def test_meteoflux_value_by_value(shared, tmp_path):
    """The text that its makers converted the same hour to."""
    folder = Path(shared) / RAW / "meteoflux_usonic_binary"
    path = tmp_path / "20190701.12"
    with gzip.open(folder / "20190701.12.gz") as packed, path.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    layout = layout_for(
        "meteoflux", "u", "v", "w", "t_sonic", "analog_1", "analog_2", pattern=meteoflux.NAME_PATTERN
    )
    samples = meteoflux.READER.read(path, replace(layout, file_minutes=60.0, utc_offset_h=0.0))
    with gzip.open(folder / "20190701.12.csv.gz", "rt") as text:
        table = np.loadtxt(text, delimiter=",", skiprows=1)
    assert samples.start == np.datetime64("2019-07-01T12:00")
    assert (samples.records, samples.size) == (36_001, 36_000)
    data = samples.data
    for k, name in enumerate(("u", "v", "w", "t_sonic"), 1):
        np.testing.assert_array_equal(data[name], table[:, k])
    # Ranges of the converter at that station, found from the two files.
    q, c = 100.0 + data["analog_1"] * 2800.0 / 32_767.0, 12.0 + data["analog_2"] * 40.0 / 32_767.0
    worst = np.abs(q - table[:, 5]).max(), np.abs(c - table[:, 6]).max()
    print("worst deviations of q and c:", worst)
    assert worst[0] < 1.2e-4
    assert worst[1] < 6e-5  # four decimals of single precision


SITE = """
[station]
id = "XX-Tst"
latitude = 50.0
longitude = 8.0
altitude = 800.0
utc_offset_h = 1.0
canopy_height = 0.2
[[instruments]]
kind = "sonic"
id = "sonic"
model = "r3-50"
height = 31.0
[[instruments]]
kind = "gas_analyser"
id = "irga"
model = "li-7500"
[raw]
files = "*.slt"
format = "slt"
rate = 10.0
file_time = "records"
[columns]
u = { column = "u", unit = "m s-1", instrument = "sonic" }
v = { column = 2, unit = "m s-1", instrument = "sonic" }
w = { column = "w", unit = "m s-1", instrument = "sonic" }
t_sonic = { column = "sos", unit = "m s-1", instrument = "sonic" }
co2 = { column = "analog_1", unit = "mmol m-3", instrument = "irga", gain = 0.006, offset = 10.0 }
"""


def test_from_a_configuration(files):
    site = Site.model_validate(tomllib.loads(SITE))
    data = open_raw(files["slt"], site)
    assert data.time.values[0] == np.datetime64("2016-11-23T08:30")
    np.testing.assert_allclose(data["co2"], (10.0 + 0.006 * VOLTS[0]) * 1e-3, rtol=1e-12)
    np.testing.assert_array_equal(data["v"], WIND[1])
    np.testing.assert_array_equal(data["t_sonic"], SOUND)  # made a temperature with the sonic's corrections
