"""What the writers write, the readers read; whatever happens to the bytes, only a ReadError comes of it."""

import gzip
import time
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import bundle, ghg, tob1, tob3
from fluxkit.raw.formats.campbell_numbers import fp2
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import contents
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify
from fluxkit.raw.samples import ProblemLog
from fluxkit.synthetic.writers import Field
from tests.logger_files.binary_writers import write_ghg, write_tob1, write_tob3
from tests.logger_files.campbell_types import fp2_words

START = np.datetime64("2024-07-01T00:00:00", "ns")
FIELDS = [Field("Ux", "m/s", 3), Field("Uz", "m/s", 3), Field("Ts", "C", 3)]
NAMES = ["Aux 1 - Ux (m/s)", "Aux 2 - Uz (m/s)", "Ts (C)"]
MODULES = {"tob1": tob1, "tob3": tob3, "ghg": ghg}
LAYOUT = Layout(
    "",
    10.0,
    (LayoutColumn("u", "Ux"), LayoutColumn("w", "Uz"), LayoutColumn("t_sonic", "Ts")),
    "records",
    1.0,
)
LAYOUTS = {
    "tob1": replace(LAYOUT, format="tob1"),
    "tob3": replace(LAYOUT, format="tob3"),
    "ghg": replace(
        LAYOUT,
        format="ghg",
        columns=(LayoutColumn("u", 3), LayoutColumn("w", NAMES[1]), LayoutColumn("t_sonic", NAMES[2])),
    ),
}
#: Of START in UTC: the loggers' clocks are an hour ahead, LI-COR's seconds are UTC.
UTC = {"tob1": START - np.timedelta64(1, "h"), "tob3": START - np.timedelta64(1, "h"), "ghg": START}


def columns(n=60):
    rng = np.random.default_rng(5)
    return [np.round(rng.normal(size=n), 3).astype(np.float32).astype(float) for _ in FIELDS]


def written(kind, folder, series=None, **more):
    path = folder / f"x.{kind}"
    series = columns() if series is None else series
    if kind == "ghg":
        write_ghg(path, NAMES, series, START, 10.0, **more)
    else:
        {"tob1": write_tob1, "tob3": write_tob3}[kind](path, FIELDS, series, START, 10.0, **more)
    return path


@pytest.mark.parametrize("kind", MODULES)
def test_round_trip(tmp_path, kind):
    series = columns()
    path = written(kind, tmp_path, series)
    assert identify(path) == kind
    samples = read(path, LAYOUTS[kind])
    assert (samples.start, samples.size, samples.problems) == (UTC[kind], 60, [])
    for name, x in zip(("u", "w", "t_sonic"), series, strict=True):
        np.testing.assert_array_equal(samples.data[name], x)
    assert first_time(path, LAYOUTS[kind]) == UTC[kind]
    found = inspect(path)
    assert (found.format, found.records, found.rate, found.lost) == (kind, 60, 10.0, 0)
    assert {c.unit for c in found.columns} >= {"m/s", "C"}


@pytest.mark.parametrize("kind", ["tob1", "tob3"])
def test_lost_records_leave_gaps_and_types_are_mixed(tmp_path, kind):
    counts = np.delete(np.arange(70), [20, 21, 22, 43, 44, 50, 51, 52, 53, 54])
    series = columns(counts.size)
    path = written(kind, tmp_path, series, records=counts, kinds=["FP2", "IEEE8", "IEEE4"])
    samples = read(path, LAYOUTS[kind])
    assert samples.size == 70
    for name, x in zip(("u", "w", "t_sonic"), series, strict=True):
        np.testing.assert_allclose(samples.data[name][counts], x, rtol=0, atol=5e-4 if name == "u" else 0)
        assert np.isnan(np.delete(samples.data[name], counts)).all()


def test_a_ring_is_put_in_order(tmp_path):
    series = columns()
    path = written("tob3", tmp_path, series, wrapped=3)
    samples = read(path, LAYOUTS["tob3"])
    np.testing.assert_array_equal(samples.data["w"], series[1])
    assert ["a ring that was filled" in p.reason for p in samples.problems] == [True]


def test_tob2_has_no_record_numbers(tmp_path):
    series = columns()
    path = written("tob3", tmp_path, series, version="TOB2", records=np.delete(np.arange(62), [13, 14]))
    samples = read(path, LAYOUTS["tob3"])
    assert identify(path) == "tob3"
    np.testing.assert_array_equal(samples.data["w"][15:], series[1][13:])
    assert np.isnan(samples.data["w"][13:15]).all()


def test_frames_count_by_their_validation_stamp(tmp_path):
    series = columns(64)
    path = written("tob3", tmp_path, series)
    data = bytearray(path.read_bytes())
    size, body = 12 + 8 * 12 + 4, len(data) - 10 * (12 + 8 * 12 + 4)
    for frame, stamp in ((2, 13533 ^ 0xFFFF), (4, 13532)):  # its complement counts, too; another does not
        end = body + (frame + 1) * size
        data[end - 2 : end] = stamp.to_bytes(2, "little")
    path.write_bytes(data)
    samples = read(path, LAYOUTS["tob3"])
    assert np.flatnonzero(np.isnan(samples.data["u"])).tolist() == list(range(32, 40))
    assert samples.records == 56


def test_fp2_is_the_decimal_number():
    numbers = np.array([0.233, -7.999, 12.34, -123.4, 7999.0, 0.0, 6.5536])
    np.testing.assert_array_equal(fp2(fp2_words(numbers)), [0.233, -7.999, 12.34, -123.4, 7999.0, 0.0, 6.554])
    assert np.isnan(fp2(fp2_words(np.array([np.nan, np.inf, -9000.0])))).all()
    # Words as the makers' manuals give them: 0x9FFE no number, 0x1FFF and 0x9FFF infinite.
    assert np.isnan(fp2(np.array([0x9FFE, 0x1FFF, 0x9FFF], np.uint16))).all()
    assert fp2(np.array([0x6001, 0xA00A], np.uint16)).tolist() == [0.001, -1.0]


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_what_precedes_a_truncation_is_kept_and_told(tmp_path, kind, share):
    series = columns(400)
    path = written(kind, tmp_path, series)
    body = path.read_bytes()
    path.write_bytes(body[: int(len(body) * share)])
    samples = read(path, LAYOUTS[kind])
    kept = samples.size
    assert 100 < kept <= 400
    np.testing.assert_array_equal(samples.data["u"][: kept - 1], series[0][: kept - 1])
    assert "rest of file" in {p.lost for p in samples.problems}


@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.parametrize("size", [0, 3, 40, 200])
def test_a_stump_is_refused(tmp_path, kind, size):
    path = written(kind, tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ReadError):
        read(path, LAYOUTS[kind])


def test_a_torn_gzip_keeps_whole_records(tmp_path):
    series = columns(2000)
    path = written("tob1", tmp_path, series)
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    samples = read(path, LAYOUTS["tob1"])
    np.testing.assert_array_equal(samples.data["u"], series[0][: samples.size])
    assert samples.problems[0].lost == "rest of file"


def test_members_that_do_not_belong_are_harmless(tmp_path):
    others = {
        "../../evil.conf": b"x",
        "/etc/evil": b"x",
        "system_config/co2app.conf": b"y",
        "x-biomet.data": b"DATAH\tTA\n",
    }
    path = written("ghg", tmp_path, others=others)
    assert read(path, LAYOUTS["ghg"]).size == 60
    assert [p.name for p in tmp_path.iterdir()] == ["x.ghg"]
    assert not any(p.name == "evil.conf" for p in tmp_path.parent.parent.iterdir())
    content = contents(path)
    assert bundle.unpack(content, ProblemLog("x")).biomet.data == b"DATAH\tTA\n"


def test_the_order_of_members_does_not_matter(tmp_path):
    path = written("ghg", tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"system_config/co2app.conf": b"(Model LI-7200)", **members}.items():
            archive.writestr(name, content)
    assert identify(path) == "ghg"
    assert read(path, LAYOUTS["ghg"]).size == 60


def test_a_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "x.ghg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.data", bytes(50_000_000))
        archive.writestr("x.metadata", "")
    content = contents(path)
    tracemalloc.start()
    try:
        with pytest.raises(ReadError, match="more than 1 MiB"):
            bundle.unpack(content, ProblemLog("x"), limit=2**20)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


def test_two_tables_are_refused(tmp_path):
    path = written("ghg", tmp_path, others={"y.data": b"1", "z.data": b"2"})
    other = path.rename(tmp_path / "other.ghg")
    with pytest.raises(ReadError, match="one table of samples"):
        read(other, LAYOUTS["ghg"])


def test_unknown_type_and_missing_column_are_told(tmp_path):
    path = written("tob1", tmp_path)
    with pytest.raises(ReadError, match=r"'Uy' \(for v\) is missing; columns present: SECONDS"):
        read(path, replace(LAYOUTS["tob1"], columns=(LayoutColumn("v", "Uy"),)))
    path.write_bytes(path.read_bytes().replace(b'"IEEE4"', b'"IEEE5"', 1))
    with pytest.raises(ReadError, match=r"column 'Ux' has the type 'IEEE5'; known: IEEE4"):
        read(path, LAYOUTS["tob1"])


@pytest.mark.parametrize("kind", ["tob1", "tob3"])
def test_a_half_hour_costs_milliseconds(tmp_path, kind):
    path = written(kind, tmp_path, columns(18_000))
    read(path, LAYOUTS[kind])
    took = []
    for _ in range(5):
        begin = time.process_time()
        read(path, LAYOUTS[kind])
        took.append(time.process_time() - begin)
    print(kind, f"{1e3 * min(took):.1f} ms")
    assert min(took) < 0.05


@pytest.mark.parametrize("kind", ["tob1", "tob3"])
def test_a_begun_configuration_names_the_columns(tmp_path, kind):
    from fluxkit.cli.configure import init

    init([written(kind, tmp_path)], tmp_path / "site.toml")
    text = (tmp_path / "site.toml").read_text()
    assert f'format = "{kind}"' in text
    assert 'file_time = "records"' in text
    assert 'w = {column = "Uz", unit = "m s-1", instrument = "sonic"}' in text


def test_slow_measurements_inside_an_archive(tmp_path):
    from fluxkit.raw.tables.slow_table import SlowTable

    table = b"x\nDATAH\tDATE\tTIME\tTA(C)\nDATA\t2024-07-01\t00:05:00:000\t12.5\n"
    path = written("ghg", tmp_path, others={"x-biomet.data": table})
    told = {"delimiter": "\t", "header_rows": 2, "names_row": 2, "missing": (), "section": "biomet"}
    assert SlowTable.read(path, **told).numbers("TA(C)").tolist() == [12.5]
    with pytest.raises(ReadError, match="holds no table of slow measurements"):
        SlowTable.read(written("ghg", tmp_path), **told)


def test_measured_ghg(shared):
    path = shared / "data/ec_raw/thuenen_ghg_li7200/2016-12-11T200000_AIU-1359.ghg"
    wanted = (
        LayoutColumn("u", 18),
        LayoutColumn("co2", "CO2 dry(umol/mol)"),
        LayoutColumn("p_cell", "Total Pressure (kPa)"),
    )
    samples = read(path, Layout("ghg", 20.0, wanted, "records", 1.0))
    assert (samples.start, samples.size) == (np.datetime64("2016-12-11T19:00"), 36_000)
    assert [samples.data[name][0] for name in ("u", "co2", "p_cell")] == [-3.80697, 391.357, 95.9696]
    assert samples.problems == []
    with zipfile.ZipFile(path) as archive:  # every value against the text itself
        lines = archive.read(f"{path.stem}.data").decode().split("\n")[8:]
    for name, k in (("u", 18), ("co2", 25), ("p_cell", 15)):
        expected = np.array([float(line.split("\t")[k]) for line in lines if line])
        np.testing.assert_array_equal(samples.data[name], expected)
