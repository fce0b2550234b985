"""What damage has found once, made small."""

import zipfile

import numpy as np
import pytest

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.errors import ConfigError, ReadError
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import contents
from fluxkit.raw.reading import read
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.tables.half_hours import read_half_hours
from fluxkit.site.eddypro import import_project
from fluxkit.site.eddypro.ghg import translate_metadata
from fluxkit.site.eddypro.planar_fit import read_planes
from fluxkit.site.toml import loading
from tests.chamber.analysers.specimens import specimen
from tests.fuzz.damage import zipped
from tests.fuzz.loggers import logger_seeds
from tests.fuzz.tables import METADATA, PLANES, PROJECT
from tests.fuzz.test_harness import TEXT
from tests.raw import test_half_hours, test_land_cover, test_profile


def test_an_archive_whose_index_points_before_its_begin(tmp_path):
    path = tmp_path / "x.zip"
    data = bytearray(zipped({"x.dat": TEXT}))
    at = data.rfind(b"PK\x05\x06")
    data[at + 16 : at + 20] = (int.from_bytes(data[at + 16 : at + 20], "little") + 4).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ReadError, match="damaged"):
        contents(path)


def test_a_member_without_a_name(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", TEXT)
        archive.infolist()[0].filename = ""  # in the index alone
    with pytest.raises(ReadError, match="damaged"):
        contents(path)


def test_a_table_whose_line_of_names_is_empty(tmp_path):
    path = tmp_path / "x.ghg"
    path.write_bytes(
        zipped({"x.data": b"Model:\tx\n\n1\t2\n3\t4\n", "x.metadata": b"header_rows=2\nseparator=tab\n"})
    )
    with pytest.raises(ReadError):
        inspect(path)


def test_blank_lines_in_a_header(tmp_path):
    """As a transfer makes them that takes the ends of lines for two."""
    (seed, *_) = logger_seeds("ghg")(tmp_path)
    path = tmp_path / seed.name
    sound = inspect(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    (table,) = (name for name in parts if name.endswith(".data") and "biomet" not in name)
    head, mark, records = parts[table].partition(b"DATAH")
    parts[table] = head.replace(b"\n", b"\n\n") + mark + records
    path.write_bytes(zipped(parts))
    assert inspect(path).columns == sound.columns


def test_record_numbers_that_are_none(tmp_path):
    """A column RECORD of texts among columns of numbers, as after a slip of a delimiter."""
    path = tmp_path / "x.dat"
    head = b'"TOA5","x"\r\n"TIMESTAMP","RECORD","u"\r\n"TS","RN","m/s"\r\n"","","Smp"\r\n'
    path.write_bytes(head + b"".join(b'"2020-01-01 12:00:%02d","a b",%d\r\n' % (k, k) for k in range(20)))
    assert inspect(path, "toa5").records == 20


@pytest.mark.parametrize("nanoseconds", ["1e300", "9e18", "-1e18", "1000000000"])
def test_nanoseconds_beyond_a_second(tmp_path, nanoseconds):
    _, content = specimen("licor-trace-gas", tmp_path)
    lines = content.decode().split("\n")
    first = next(k for k, line in enumerate(lines) if line.startswith("DATA\t"))
    names = next(line for line in lines if line.startswith("DATAH")).split("\t")
    cells = lines[first + 3].split("\t")
    cells[names.index("NANOSECONDS")] = nanoseconds
    lines[first + 3] = "\t".join(cells)
    path = tmp_path / "x.data"
    path.write_text("\n".join(lines))
    series = open_analyser(path, utc_offset_h=1.0)
    assert series.size == 11  # the others are kept
    assert (np.diff(series.time) >= np.timedelta64(0)).all()


def test_numbers_beyond_measure_are_none(tmp_path):
    _, content = specimen("li-850", tmp_path)
    path = tmp_path / "x.txt"
    path.write_bytes(content.replace(b"51.5", b"1e308", 1))
    series = open_analyser(path, utc_offset_h=1.0, day_first=True)
    assert not any(np.isinf(values).any() for values in series.data.values())
    assert any("'1e308'" in problem.reason for problem in series.problems)


def test_air_of_nothing_but_vapour(tmp_path):
    """Water of 100 %: there is no dry air to refer a gas to."""
    _, content = specimen("gasmet", tmp_path)
    path = tmp_path / "x.txt"
    path.write_bytes(content.replace(b"  1.00\tvol-%", b"100.00\tvol-%", 1))
    with np.errstate(all="raise"):
        series = open_analyser(path, utc_offset_h=1.0)
    assert np.isnan(series.data["co2"][0])
    assert np.isfinite(series.data["co2"][1])


@pytest.mark.parametrize("elapsed", ["1e20", "1e300", "inf"])
def test_a_closure_of_ages(tmp_path, elapsed):
    _, content = specimen("li-8100", tmp_path)
    lines = content.decode().split("\n")
    header = next(k for k, line in enumerate(lines) if line.startswith("Type\t"))
    place = lines[header].split("\t").index("Etime")
    for k in range(header + 1, len(lines)):
        cells = lines[k].split("\t")
        if cells[0] == "1" and len(cells) > place and float(cells[place]) >= 0:
            cells[place] = elapsed
            lines[k] = "\t".join(cells)
            break
    path = tmp_path / "x.81x"
    path.write_text("\n".join(lines))
    series = open_analyser(path, utc_offset_h=1.0)
    assert all(c.end - c.start < np.timedelta64(30, "D") for c in series.closures)


# ---- half-hourly tables ----


def half_hours(folder, text):
    path = folder / "theirs.csv"
    path.write_text(text, newline="")
    return read_half_hours(path, utc_offset_h=0.0)


def test_a_record_that_gained_a_cell_is_left_out(tmp_path):
    """Its values would stand in the wrong columns: 12.5 W m-2 would become a flag."""
    sound = half_hours(tmp_path, test_half_hours.FULL).data
    found = half_hours(tmp_path, test_half_hours.FULL.replace("00:30,-0.1,", "00:30,-0.1,99,"))
    assert found.data.sizes["time"] == 2
    assert found.data.equals(sound.isel(time=slice(1, None)))
    assert "1 records do not have 13 cells as others: left out" in found.notes


def test_ends_of_lines_do_not_matter(tmp_path):
    sound = half_hours(tmp_path, test_half_hours.FULL).data
    for end in ("\r\n", "\r"):
        assert half_hours(tmp_path, test_half_hours.FULL.replace("\n", end)).data.identical(sound)


def test_records_without_a_date(tmp_path):
    lines = test_half_hours.FLUXNET.replace("TIMESTAMP_START,TIMESTAMP_END,FC,H", "FC,H,date,time").split(
        "\n"
    )
    text = "\n".join([lines[0], *(",".join(line.split(",")[:2]) for line in lines[1:] if line)])
    with pytest.raises(ReadError, match="records have 2 cells, fewer than there are names"):
        half_hours(tmp_path, text)


# ---- tables of slow measurements, maps ----


def test_zones_in_stamps(tmp_path):
    """A zone that stamps name is theirs, whatever the section says."""
    sound = test_profile.opened(tmp_path)
    zoned = test_profile.TABLE.replace("00:01,", "00:01+01:00,").replace("00:02,", "00:02+01:00,")
    assert test_profile.opened(tmp_path, zoned).identical(sound)
    assert test_profile.opened(tmp_path, zoned, utc_offset_h=5.0).identical(sound)
    west = test_profile.opened(tmp_path, zoned.replace("00:02+01:00", "00:02+00:00"))
    assert west["time"].values[-1] - sound["time"].values[-1] in np.array([0, 3600]).astype("m8[s]")


def test_a_profile_of_nothing_but_vapour(tmp_path):
    with np.errstate(all="raise"):
        found = test_profile.opened(tmp_path, test_profile.TABLE.replace(",10,20,15.0", ",1000,20,15.0"))
    assert np.isnan(found["co2"].values[0, 0])
    assert np.isfinite(found["co2"].values[0, 1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ncols 2", "ncols inf"),
        ("nrows 3", "nrows -3"),
        ("ncols 2", "ncols 1.5"),
        ("cellsize 10", "cellsize 1e308"),
    ],
)
def test_maps_that_cannot_be(tmp_path, old, new):
    with pytest.raises(ReadError, match="in the header is impossible"):
        test_land_cover.opened(tmp_path, test_land_cover.ASC.replace(old, new))


# ---- configurations, projects of another program ----


def test_lists_in_lists_without_end(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("a = " + "[" * 5000)
    with pytest.raises(ConfigError, match="too deep"):
        loading.load(path)


def test_a_filter_that_is_none(tmp_path):
    (tmp_path / "x.eddypro").write_text(PROJECT.replace("detrend_meth=0", "detrend_meth=9"))
    (tmp_path / "site.metadata").write_text(METADATA)
    with pytest.raises(ConfigError, match="detrend_meth: found 9; known: 0, 1, 2, 3"):
        import_project(tmp_path / "x.eddypro", raw_dir=tmp_path)


@pytest.mark.parametrize("minutes", ["1e-320", "1e300", "0", "-30"])
def test_a_period_that_cannot_be(tmp_path, minutes):
    (tmp_path / "x.eddypro").write_text(PROJECT.replace("avrg_len=30", f"avrg_len={minutes}"))
    (tmp_path / "site.metadata").write_text(METADATA)
    with pytest.raises(ConfigError, match=r"avrg_len|a second or more"):
        import_project(tmp_path / "x.eddypro", raw_dir=tmp_path)


def test_a_column_before_the_first():
    found = translate_metadata(METADATA.replace("col_5_", "col_0_"), "x.ghg", [])
    assert all(isinstance(entry["column"], int) for entry in found.columns.values())


@pytest.mark.parametrize("number", ["0.02001.2.300", "-.", "1e", "--1"])
def test_planes_of_no_numbers(tmp_path, number):
    path = tmp_path / "planes.txt"
    path.write_text(PLANES.replace("0.010000", number))
    found = read_planes(path)
    assert found["excluded"] == [1]  # the one row that is left
    path.write_text("nothing")
    with pytest.raises(ConfigError, match="no planes found"):
        read_planes(path)


def test_names_of_columns_without_end(tmp_path):
    """Messages stay short and in one line, whatever the names hold."""
    path = tmp_path / "x.csv"
    path.write_text("a\x1b[2J," + "b" * 200_000 + "\n" + "1,2\n" * 5)
    layout = Layout("delimited", 10.0, (LayoutColumn("u", "c"),), "records", 0.0, names_row=1)
    with pytest.raises(ReadError, match=r"a\\x1b\[2J, b+\.\.\. \(\d+ characters\)") as caught:
        read(path, layout)
    assert len(str(caught.value)) < 5000
    log = ProblemLog("x.csv")
    log.add(Problem("x.csv", 1, "value", "x\n" * 200_000))
    (told,) = log.told()
    assert len(told.reason) < 5000
    assert told.reason.startswith(r"x\nx\n")


@pytest.mark.parametrize("digit", ["٣", "²", "0", "99999", "-1"])
def test_a_type_of_text_without_a_length(tmp_path, digit):
    (seed, *_) = logger_seeds("tob1")(tmp_path)
    path = tmp_path / "x.dat"
    path.write_bytes(seed.data.replace(b'"IEEE4"', f'"ASCII({digit})"'.encode(), 1))
    with pytest.raises(ReadError, match="has the type"):
        inspect(path, "tob1")
