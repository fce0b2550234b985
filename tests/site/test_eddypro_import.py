"""Projects of the reference runs give sites that say the same as the runs' descriptions."""

import configparser
import json
import re
import shutil
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import ImportNote, grouped, import_project
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads

CASES = (
    "fp_base",
    "fp_nowpl_notests",
    "hoh_base",
    "A_base",
    "A_plain",
    "A_ld",
    "A_m13",
    "B_mr_base",
    "B_md_base",
)
MODELS = {
    "csat3_1": "csat3",
    "hs_50_1": "hs-50",
    "li7500_1": "li-7500",
    "li7500a_1": "li-7500a",
    "li7200_1": "li-7200",
}
UNITS = {
    "m_sec": "m s-1",
    "celsius": "degC",
    "kelvin": "K",
    "kpa": "kPa",
    "mmol_m3": "mmol m-3",
    "mg_m3": "mg m-3",
    "g_m3": "g m-3",
    "ppm": "umol mol-1",
    "ppt": "mmol mol-1",
}
VARIABLES = {
    "u": "u",
    "v": "v",
    "w": "w",
    "ts": "t_sonic",
    "co2": "co2",
    "h2o": "h2o",
    "air_t": "t_air",
    "air_p": "p_air",
    "cell_t": "t_cell",
    "int_t_1": "t_cell_in",
    "int_t_2": "t_cell_out",
    "int_p": "p_cell",
    "diag_72": "diag_gas",
}


def described(shared: Path, case: str) -> tuple[Path, dict]:
    folder = shared / "reference" / "eddypro" / "cases" / case
    return folder, json.loads((folder / "case.json").read_text())


def imported(shared: Path, case: str):
    folder, facts = described(shared, case)
    raw = shared.joinpath(*Path(facts["raw_files"][0]["stored"]).parts[1:]).parent
    return import_project(folder / "project.eddypro", folder / "site.metadata", raw), facts


@pytest.fixture
def project(shared, tmp_path) -> Path:
    """Copy of a project, for changing."""
    folder, _ = described(shared, "B_md_base")
    for name in ("project.eddypro", "site.metadata"):
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path / "project.eddypro"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("case", CASES)
def test_station_and_instruments(case, shared):
    result, facts = imported(shared, case)
    site, told = result.site, facts["site_and_instruments"]
    for key in ("latitude", "longitude", "altitude", "canopy_height"):
        assert getattr(site.station, key) == told[key]
    assert site.station.id == told["site"]
    assert site.station.d == pytest.approx(0.67 * told["canopy_height"])
    assert site.station.z0 == pytest.approx(0.15 * told["canopy_height"])
    sonic, analyser = told["instruments"]
    assert site.sonic.model == MODELS[sonic["model"]]
    assert (site.sonic.height, site.sonic.north_offset) == (sonic["height"], sonic["north_offset"])
    assert site.sonic.wind_reference == sonic["wref"]
    gas = site.analyser("co2")
    assert gas.model == MODELS[analyser["model"]]
    for key in ("northward_separation", "eastward_separation", "vertical_separation"):
        assert getattr(gas, key) == pytest.approx(analyser[key] / 100)
    if "tube_length" in analyser:
        assert gas.tube_length == pytest.approx(analyser["tube_length"] / 100)
        assert gas.tube_diameter == pytest.approx(analyser["tube_diameter"] / 1000)
        assert gas.tube_flow == analyser["tube_flowrate"]


@pytest.mark.parametrize("case", CASES)
def test_columns(case, shared):
    result, facts = imported(shared, case)
    columns, options = result.site.columns, facts["all_options"]["Project"]
    used = {int(v) for k, v in options.items() if k.startswith("col_") and int(v) > 0}
    used |= {
        n
        for n, c in enumerate(facts["site_and_instruments"]["columns"], 1)
        if c["variable"] in ("u", "v", "w", "ts")
    }
    assert {column.column for column in columns.values()} == used
    for n, told in enumerate(facts["site_and_instruments"]["columns"], 1):
        if n not in used:
            continue
        column = columns[VARIABLES[told["variable"]]]
        assert column.column == n
        assert column.instrument == told["instrument"]
        assert column.unit == UNITS.get(told.get("unit_in"), "1")
        if told["variable"] in ("co2", "h2o"):
            assert column.quantity == told["measure_type"].replace("molar_density", "density")
            window = (column.lag.nominal, column.lag.min, column.lag.max)
            assert window == (told["nom_timelag"], told["min_timelag"], told["max_timelag"])


@pytest.mark.parametrize("case", CASES)
def test_raw_files(case, shared):
    result, facts = imported(shared, case)
    raw, told = result.site.raw, facts["site_and_instruments"]
    assert (raw.rate, raw.file_minutes) == (told["freq"], told["file_duration"])
    assert (raw.format, raw.delimiter, raw.header_rows) == ("delimited", ",", told["header_rows"])
    assert raw.name_time_is == ("end" if told["tstamp_end"] else "start")
    assert raw.name_pattern.endswith(".gz") == facts["raw_files"][0]["stored"].endswith(".gz")
    stored = Path(facts["raw_files"][0]["stored"]).name
    assert Path(stored).match(Path(raw.files).name)
    assert len(list(Path(raw.files).parent.glob(Path(raw.files).name))) == facts["n_periods"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("fp_base", {}),
        ("hoh_base", {}),
        ("A_base", {}),
        ("B_mr_base", {}),
        ("B_md_base", {}),
        (
            "fp_nowpl_notests",
            {"density": "none", "despiking": "none", "absolute_limits": False, "mixing_ratio": "none"},
        ),
        (
            "A_plain",
            {
                "rotation": "none",
                "lag": "none",
                "density": "none",
                "high_frequency": "none",
                "low_frequency": "none",
                "despiking": "none",
                "absolute_limits": False,
                "mixing_ratio": "none",
            },
        ),
        ("A_ld", {"detrending": "linear"}),
        ("A_rm", {"detrending": "running-mean"}),
        ("A_m13", {"despiking": "mauder-2013"}),
    ],
)
def test_methods(case, expected, shared):
    result, facts = imported(shared, case)
    site = result.site
    standard = {
        "rotation": "double",
        "detrending": "block",
        "lag": "covariance-maximum-default",
        "density": "webb-1980",
        "high_frequency": "moncrieff-1997",
        "low_frequency": "moncrieff-2004",
        "random_error": "finkelstein-sims-2001",
        "quality": "mauder-foken-2004",
        "arithmetic": "eddypro-6",
        "despiking": "vickers-mahrt-1997",
        "absolute_limits": True,
        "mixing_ratio": "ibrom-2007",
        "precision": "float32",
    }
    made = site.decide.model_dump() | site.condition.model_dump()
    assert {key: made[key] for key in standard} == standard | expected
    assert site.preset == "eddypro-6"
    assert site.condense.period == facts["all_options"]["RawProcess_Settings"]["avrg_len"]
    assert site.condition.max_missing == pytest.approx(0.1)
    assert site.condense.spectral_bins == 50
    assert site.condense.max_correlation_lag == 10.0


@pytest.mark.parametrize("case", CASES)
def test_every_key_has_a_verdict_and_nothing_that_counts_is_lost(case, shared):
    result, _ = imported(shared, case)
    folder, _ = described(shared, case)
    expected = set()
    for name, file in (("project", "project.eddypro"), ("metadata", "site.metadata")):
        parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
        parser.optionxform = str
        parser.read(folder / file)
        expected |= {f"{name}:{section}.{key}" for section in parser.sections() for key in parser[section]}
    assert {note.key for note in result.notes} == expected
    assert len(result.notes) == len(expected)
    assert not [note for note in result.notes if "not known here and was ignored" in note.remark]
    lost = {note.remark for note in result.notes if note.verdict == "not supported"}
    assert all("no effect on fluxes" in remark for remark in lost)


def test_import_survives_dump_and_load(shared):
    result, _ = imported(shared, "B_md_base")
    assert loads(dump(result.site)) == result.site


def test_five_quality_classes_are_taken_over(project):
    project.write_text(project.read_text().replace("qc_meth=1", "qc_meth=3"))
    result = import_project(project, project.with_name("site.metadata"))
    (note,) = [note for note in result.notes if note.key.endswith("Project.qc_meth")]
    assert note.verdict == "same"
    assert result.site.decide.quality == "goeckede-2004"


@pytest.mark.parametrize(
    ("method", "constant", "detrending", "kept", "verdict"),
    [
        (0, 250, "block", "none", "same"),
        (1, 250, "linear-chunks", "linear-chunks", "same"),
        (1, 1800, "linear", "none", "same"),
        (2, 100, "running-mean", "running-mean", "same"),
        (3, 100, "exponential", "exponential", "near"),
    ],
)
def test_detrending_and_its_time_constant(project, method, constant, detrending, kept, verdict):
    text = re.sub(r"(?m)^detrend_meth=.*$", f"detrend_meth={method}", project.read_text())
    project.write_text(re.sub(r"(?m)^timeconst=.*$", f"timeconst={constant}", text))
    result = import_project(project, project.with_name("site.metadata"))
    assert (result.site.decide.detrending, result.site.condense.high_pass) == (detrending, kept)
    if kept != "none":
        assert result.site.condense.time_constant == constant
    verdicts = {note.key: note.verdict for note in result.notes}
    assert verdicts["project:RawProcess_Settings.detrend_meth"] == verdict
    assert verdicts["project:RawProcess_Settings.timeconst"] == "same"


def test_automatic_lag_windows_are_left_out(shared):
    result, _ = imported(shared, "A_autolag")
    assert result.site.columns["co2"].lag is None


def test_metadata_beside_the_project_is_found_and_files_are_searched(project):
    result = import_project(project)
    assert result.site.raw.files == "synB_*.csv"
    remark = {note.key: note.remark for note in result.notes}["project:Project.file_prototype"]
    assert remark.startswith("no folder of raw files was searched (give --raw DIR)")


def test_gain_and_offset(project):
    sheet = project.with_name("site.metadata")
    edit(sheet, "col_7_conversion=", "col_7_conversion=gain_offset")
    edit(sheet, "col_7_a_value=", "col_7_a_value=3")
    edit(sheet, "col_7_b_value=", "col_7_b_value=10")
    edit(sheet, "col_7_unit_in=mmol_m3", "col_7_unit_in=volt")
    edit(sheet, "col_7_unit_out=", "col_7_unit_out=mmol_m3")
    column = import_project(project).site.columns["co2"]
    assert (column.gain, column.offset, column.unit) == (3.0, 10.0, "mmol m-3")


def test_zero_and_full_scale(project):
    sheet = project.with_name("site.metadata")
    for key, value in {
        "conversion": "zero_fullscale",
        "a_value": 10,
        "b_value": 25,
        "min_value": 0,
        "max_value": 5,
    }.items():
        edit(sheet, f"col_7_{key}=\n", f"col_7_{key}={value}\n")
    result = import_project(project)
    column = result.site.columns["co2"]
    assert (column.gain, column.offset) == (3.0, 10.0)
    assert {n.key: n.verdict for n in result.notes}["metadata:FileDescription.col_7_a_value"] == "near"


def test_analyser_that_is_not_known_loses_its_gas_with_a_note(project):
    sheet = project.with_name("site.metadata")
    sheet.write_text(sheet.read_text().replace("li7200_1", "li9900_1"))
    result = import_project(project)
    assert result.site.gases == ()
    notes = {note.key: note for note in result.notes}
    assert notes["metadata:FileDescription.col_7_variable"].verdict == "not supported"
    assert notes["metadata:Instruments.instr_2_model"].verdict == "not supported"


def test_separations_count_from_the_master_sonic(project):
    edit(
        project.with_name("site.metadata"),
        "instr_1_northward_separation=0",
        "instr_1_northward_separation=10",
    )
    assert import_project(project).site.analyser("co2").northward_separation == pytest.approx(-0.15)


def test_declination_is_added_to_the_offset(project):
    edit(project, "use_geo_north=0", "use_geo_north=1")
    edit(project, "mag_dec=0", "mag_dec=3.4")
    assert import_project(project).site.sonic.north_offset == 123.0


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("project.eddypro", "master_sonic=hs_50_1", "master_sonic=", r"\[Project\] master_sonic: missing"),
        (
            "project.eddypro",
            "master_sonic=hs_50_1",
            "master_sonic=x_1",
            "no column of 'u' has the instrument 'x_1'",
        ),
        ("project.eddypro", "file_type=1", "file_type=9", r"\[Project\] file_type: found 9 \(unknown\)"),
        ("project.eddypro", "rot_meth=1", "rot_meth=9", r"rot_meth: found 9; known: 0, 1, 2, 3, 4"),
        (
            "project.eddypro",
            "col_co2=7",
            "col_co2=70",
            r"col_co2: found column 70; columns of the metadata file: 1 to 11",
        ),
        ("project.eddypro", "avrg_len=30", "avrg_len=half", r"avrg_len: found 'half'; allowed: a number"),
        ("project.eddypro", "nbins=50", "nbins=nan", r"nbins: found 'nan'; allowed: a number"),
        (
            "project.eddypro",
            "yyyymmddHHMM",
            "fixed",
            r"file_prototype: found 'synB_fixed\.csv'; allowed: a file name with",
        ),
        ("project.eddypro", "proj_file=site.metadata", "proj_file=lost.metadata", "proj_file: no such file"),
        ("site.metadata", "latitude=50.1", "", r"\[Site\] latitude: missing; allowed: a number"),
        (
            "site.metadata",
            "latitude=50.1",
            "latitude=95",
            r"station\.latitude: found 95\.0; allowed: a number from -90",
        ),
        (
            "site.metadata",
            "instr_1_wformat=uvw",
            "instr_1_wformat=bent",
            "instr_1_wformat: found 'bent'",
        ),
        (
            "site.metadata",
            "col_7_unit_in=mmol_m3",
            "col_7_unit_in=lbs",
            "col_7_unit_in: unit 'lbs' of co2 is not known",
        ),
        (
            "site.metadata",
            "separator=comma",
            "separator=dot",
            "separator: found 'dot'; allowed: comma, semicolon",
        ),
        ("site.metadata", "[Site]", "Site", "not an INI file|missing"),
    ],
)
def test_errors_name_the_key(project, file, old, new, message):
    edit(project.with_name(file), old, new)
    with pytest.raises(ConfigError, match=message):
        import_project(project)


def test_unknown_keys_are_not_dropped(project):
    edit(project, "[RawProcess_General]", "[RawProcess_General]\nnovelty=1")
    notes = {note.key: note for note in import_project(project).notes}
    assert notes["project:RawProcess_General.novelty"].verdict == "not supported"


def test_grouped_joins_equal_remarks():
    notes = [
        ImportNote("a", "1", "same", "x"),
        ImportNote("b", "2", "same", "x"),
        ImportNote("c", "1", "near", "x"),
    ]
    assert grouped(notes) == [ImportNote("a, b", "", "same", "x"), ImportNote("c", "1", "near", "x")]
