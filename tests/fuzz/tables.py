"""Readers of what lies beside raw files: tables, maps, configurations, projects of another program."""

from pathlib import Path

import numpy as np
import xarray as xr

import fluxkit as fk
from fluxkit.chamber.campaign import loading as plots_loading
from fluxkit.chamber.campaign.field_sheet import open_sheet
from fluxkit.chamber.campaign.models import Sheet
from fluxkit.raw.tables.half_hours import read_half_hours
from fluxkit.site.eddypro import import_project
from fluxkit.site.eddypro.ghg import translate_metadata
from fluxkit.site.eddypro.planar_fit import read_planes
from fluxkit.site.eddypro.spectral_assessment import read_assessment
from fluxkit.site.eddypro.time_lags import read_time_lags
from fluxkit.site.models import Site
from fluxkit.site.toml import loading
from tests.chamber.campaign import test_field_sheet, test_plots
from tests.conftest import ROOT, SHARED
from tests.fuzz.loggers import impatient
from tests.fuzz.target import Seed, require
from tests.raw import test_half_hours, test_land_cover, test_profile
from tests.site import test_eddypro_dynamic_metadata, test_eddypro_time_lags, test_spectral_assessment
from tests.small_station import STAMPS, make_site

BIOMET = """TIMESTAMP,Ta,RH,Rn
2024-07-01 00:00,15.0,80,-20
2024-07-01 00:30,15.5,-9999,-21
2024-07-01 01:00,16.0,75,-22.5
"""
PLANES = """Wind sectors and plane coefficients
  sector       range           B0            B1            B2
    1     0 - 180      0.010000      0.020000     -0.010000
    2   180 - 360  -9999.000000  -9999.000000  -9999.000000
"""
PROJECT = """;EDDYPRO_PROCESSING
[Project]
file_type=1
file_prototype=synA_yyyymmddHHMM.csv
use_pfile=1
proj_file=site.metadata
master_sonic=csat3_1
col_co2=5
col_h2o=6
hf_meth=1
wpl_meth=1
qc_meth=1
[RawProcess_Settings]
avrg_len=30
rot_meth=1
detrend_meth=0
timeconst=250.0
tlag_meth=2
nbins=50
[RawProcess_ParameterSettings]
sr_num_spk=3
"""
METADATA = """;GHG_METADATA
[Site]
site_id=XX-Abc
altitude=330
canopy_height=0.5
latitude=45.5
longitude=8.2
[Timing]
acquisition_frequency=10
file_duration=30
[Instruments]
instr_1_manufacturer=csi
instr_1_model=csat3_1
instr_1_height=4.0
instr_1_wformat=uvw
instr_1_north_offset=40
instr_2_manufacturer=licor
instr_2_model=li7500a_1
instr_2_northward_separation=10
instr_2_eastward_separation=-15
[FileDescription]
separator=comma
header_rows=1
col_1_variable=u
col_1_instrument=csat3_1
col_1_unit_in=m_sec
col_2_variable=v
col_2_instrument=csat3_1
col_2_unit_in=m_sec
col_3_variable=w
col_3_instrument=csat3_1
col_3_unit_in=m_sec
col_4_variable=ts
col_4_instrument=csat3_1
col_4_unit_in=celsius
col_5_variable=co2
col_5_instrument=li7500a_1
col_5_measure_type=molar_density
col_5_unit_in=mmol_m3
col_6_variable=h2o
col_6_instrument=li7500a_1
col_6_measure_type=molar_density
col_6_unit_in=mmol_m3
"""


def _with(**sections: object) -> Site:
    base = make_site(utc_offset_h=1.0, **STAMPS).model_dump()
    return Site.model_validate(base | sections)


def field_sheet(folder: Path) -> list[Seed]:
    """Field sheets."""
    sheet = Sheet(**test_field_sheet.KNOWN)
    return [
        Seed("x.csv", test_field_sheet.TEXT.encode(), (lambda p: open_sheet(p, sheet, utc_offset_h=1.0),))
    ]


def half_hours(folder: Path) -> list[Seed]:
    """Half-hourly tables of others."""

    def reading(path: Path) -> None:
        found = read_half_hours(path, utc_offset_h=1.0).data
        require(found.sizes["time"] > 0, "no half hour and no error")

    texts = [test_half_hours.FULL.encode(), test_half_hours.FLUXNET.encode()]
    return [Seed("x.csv", text, (reading,)) for text in texts]


def biomet(folder: Path) -> list[Seed]:
    """Slow measurements, as text and inside LI-COR's archive."""
    columns = {
        "t_air": {"column": "Ta", "unit": "degC"}, "rh": {"column": 3, "unit": "%"},
        "net_radiation": {"column": "Rn", "unit": "W m-2"},
    }  # fmt: skip
    given = {"files": "x.csv", "time_columns": ["TIMESTAMP"], "time_is": "end", "columns": columns}
    site = _with(biomet=given)
    return [Seed("x.csv", BIOMET.encode(), (lambda path: fk.open_biomet(site, path.parent),))]


def profile(folder: Path) -> list[Seed]:
    """Profiles."""
    site = _with(profile=test_profile.SECTION | {"files": "x.csv"})
    return [Seed("x.csv", test_profile.TABLE.encode(), (lambda path: fk.open_profile(site, path.parent),))]


def land_cover(folder: Path) -> list[Seed]:
    """Maps as ASCII grid."""
    site = _with(footprint={"land_cover": "x.asc", "tower_x": 500005.0, "tower_y": 6700015.0})
    return [
        Seed("x.asc", test_land_cover.ASC.encode(), (lambda path: fk.open_land_cover(site, path.parent),))
    ]


def land_cover_netcdf(folder: Path) -> list[Seed]:
    """Maps as netCDF, classic and HDF5."""
    site = _with(footprint={"land_cover": "x.nc", "tower_x": 500005.0, "tower_y": 6700015.0})
    axes = {"y": 6_700_000.0 + 10.0 * np.arange(4), "x": 500_000.0 + 10.0 * np.arange(4)}
    codes = xr.DataArray(np.arange(16.0).reshape(4, 4), axes, ("y", "x"), name="cover")
    seeds = []
    for form in ("NETCDF3_CLASSIC", "NETCDF4"):
        codes.to_netcdf(folder / "x.nc", format=form, engine="netcdf4")
        content = (folder / "x.nc").read_bytes()
        seeds.append(Seed("x.nc", content, (impatient(lambda path: fk.open_land_cover(site, path.parent)),)))
    return seeds


def eddypro_project(folder: Path) -> list[Seed]:
    """Projects beside sound metadata."""
    return [_imported("x.eddypro", project, ("x.metadata", sheet)) for project, sheet in _projects()]


def eddypro_metadata(folder: Path) -> list[Seed]:
    """Metadata beside a sound project, and as they stand in LI-COR's archive."""
    return [_imported("x.metadata", sheet, ("x.eddypro", project)) for project, sheet in _projects()]


def _projects() -> list[tuple[bytes, bytes]]:
    """Pairs of a project and its metadata."""
    cases = [SHARED / "reference" / "eddypro" / "cases" / name for name in ("hoh_base", "A_plain", "lgr_n2o")]
    measured = [
        ((case / "project.eddypro").read_bytes(), (case / "site.metadata").read_bytes())
        for case in cases
        if case.is_dir()
    ]
    return [(PROJECT.encode(), METADATA.encode()), *measured]


def _imported(name: str, content: bytes, beside: tuple[str, bytes]) -> Seed:
    def importing(path: Path) -> None:
        path.with_name(beside[0]).write_bytes(beside[1])
        import_project(path.with_name("x.eddypro"), path.with_name("x.metadata"), path.parent)

    def translating(path: Path) -> None:
        translate_metadata(path.read_bytes().decode("utf-8", "replace"), str(path), [])

    return Seed(name, content, (importing, translating))


def eddypro_beside(folder: Path) -> list[Seed]:
    """Files beside a project: planes, lags, cut-off frequencies, metadata that change."""

    def changing(path: Path) -> None:
        for name, text in (("x.eddypro", PROJECT), ("x.metadata", METADATA)):
            path.with_name(name).write_text(text)
        files = {"dyn_metadata_file": path}
        import_project(path.with_name("x.eddypro"), path.with_name("x.metadata"), path.parent, files)

    return [
        Seed("x.txt", PLANES.encode(), (read_planes,)),
        Seed("x.txt", test_eddypro_time_lags.LAGS.encode(), (read_time_lags,)),
        Seed("x.txt", "\n".join(test_spectral_assessment.lines()).encode(), (read_assessment,)),
        Seed("x.csv", test_eddypro_dynamic_metadata.TABLE.encode(), (changing,)),
    ]


def site_file(folder: Path) -> list[Seed]:
    """Configurations of stations."""
    paths = sorted((ROOT / "tests" / "sites").glob("*.toml"))
    return [Seed("x.toml", path.read_bytes(), (loading.load,)) for path in paths]


def plots_file(folder: Path) -> list[Seed]:
    """Configurations of chamber campaigns."""
    return [Seed("x.toml", test_plots.GOOD.encode(), (plots_loading.load,))]
