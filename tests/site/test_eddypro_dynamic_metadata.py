"""Metadata of EddyPro 6 that change with time, to [[changes]]."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import Imported, import_project
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads

TABLE = """date,time,canopy_height,displacement_height,master_sonic_height,master_sonic_north_offset,\
co2_irga_northward_separation,h2o_irga_northward_separation,co2_irga_model,acquisition_frequency,soil_colour
2025-06-12,00:30,0.2,0,5.0,10.0,-9999,-9999,li7500a_1,10,1
2025-06-12,01:00,0.2,0,5.0,10.0,20,20,li7500a_1,10,1
2025-06-12,06:00,0.5,0,5.0,10.0,20,20,li7500a_1,20,2
2025-06-12,06:30,0.5,0.9,5.0,10.0,20,20,li7500a_1,20,2
"""


@pytest.fixture
def project(shared, tmp_path) -> Path:
    folder = shared / "reference" / "eddypro" / "cases" / "A_base"
    for name in ("project.eddypro", "site.metadata"):
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path / "project.eddypro"


def imported(project: Path, table: str = TABLE) -> Imported:
    path = project.with_name("dynamic.csv")
    path.write_text(table)
    return import_project(project, raw_dir=project.parent, files={"dyn_metadata_file": path})


def test_only_what_changes_is_a_change(project):
    found = imported(project)
    static = found.site
    first, second, third = static.changes
    # Times there are the end of a period, here the start of the first that has the value.
    assert first.start == datetime(2025, 6, 12, 0, 0, tzinfo=UTC)
    assert first.station.canopy_height == 0.2
    moved = first.instruments[static.sonic.id]
    assert (moved.height, moved.north_offset) == (5.0, 10.0)
    assert second.model_dump(exclude_none=True)["instruments"] == {"li7500a_1": {"northward_separation": 0.2}}
    assert third.start == datetime(2025, 6, 12, 5, 30, tzinfo=UTC)
    # 0, or more than the canopy height, is 0.67 of it there.
    assert (third.station.canopy_height, third.station.displacement_height) == (0.5, 0.335)
    assert loads(dump(static)) == static


def test_every_column_has_a_verdict(project):
    notes = {
        note.key.partition(":")[2]: note for note in imported(project).notes if note.key.startswith("dyn")
    }
    verdicts = {name: note.verdict for name, note in notes.items()}
    assert verdicts == {
        "canopy_height": "same",
        "displacement_height": "same",
        "master_sonic_height": "same",
        "master_sonic_north_offset": "same",
        "co2_irga_northward_separation": "same",
        "h2o_irga_northward_separation": "near",
        "co2_irga_model": "near",
        "acquisition_frequency": "not supported",
        "soil_colour": "not supported",
    }
    assert "one site for each stretch" in notes["acquisition_frequency"].remark


def test_geographic_north_counts_for_changes_too(project):
    text = (
        project.read_text().replace("use_geo_north=0", "use_geo_north=1").replace("mag_dec=0", "mag_dec=3.4")
    )
    project.write_text(text)
    site = imported(project).site
    assert site.changes[0].instruments[site.sonic.id].north_offset == 13.0


def test_the_projects_own_key_asks_for_the_file(project):
    project.write_text(project.read_text().replace("use_dyn_md_file=0", "use_dyn_md_file=1"))
    with pytest.raises(ConfigError, match="dyn_metadata_file: missing; put the file of dynamic metadata"):
        import_project(project, raw_dir=project.parent)
    project.write_text(project.read_text().replace("dyn_metadata_file=", "dyn_metadata_file=D:/p/dyn.csv"))
    project.with_name("dyn.csv").write_text(TABLE)
    assert len(import_project(project, raw_dir=project.parent).site.changes) == 3


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("date,time", "day,time", "needs names of columns, date and time"),
        ("2025-06-12,06:00", "12/06/2025,06:00", "line 4: needs a date yyyy-mm-dd"),
        ("06:00,0.5", "06:00,tall", "canopy_height at 2025-06-12 06:00: found 'tall'"),
    ],
)
def test_what_is_no_such_table_is_said(project, old, new, words):
    with pytest.raises(ConfigError, match=words):
        imported(project, TABLE.replace(old, new))
