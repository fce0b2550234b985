"""The table of all readers."""

from fluxkit.raw.registry import BUILT_IN, reader
from tests.fuzz import tables
from tests.fuzz.analysers import analyser_seeds
from tests.fuzz.loggers import hdf5, logger_seeds
from tests.fuzz.target import Seed, Target


def _built_in(name: str) -> Target:
    form = reader(name)

    def seeds(folder) -> list[Seed]:
        of_tower = logger_seeds(name)(folder) if form.of_tower else []
        return [*of_tower, *(analyser_seeds(name)(folder) if form.of_analyser else [])]

    return Target(name, seeds)


#: Everything that reads a file somebody else has written.
TARGETS = {
    target.name: target
    for target in (
        *(_built_in(name) for name in BUILT_IN),
        # The library may hang or die: a process of its own takes the blow, and costs time.
        Target("netcdf-hdf5", hdf5, patience=40.0, cost=10.0),
        Target("field-sheet", tables.field_sheet, cost=2.0),
        Target("half-hours", tables.half_hours, cost=2.0),
        Target("biomet", tables.biomet, cost=2.0),
        Target("profile", tables.profile, cost=2.0),
        Target("land-cover", tables.land_cover),
        Target("land-cover-netcdf", tables.land_cover_netcdf, patience=40.0, cost=10.0),
        Target("eddypro-project", tables.eddypro_project, cost=4.0),
        Target("eddypro-metadata", tables.eddypro_metadata, cost=4.0),
        Target("eddypro-beside", tables.eddypro_beside, cost=4.0),
        Target("site-file", tables.site_file, cost=4.0),
        Target("plots-file", tables.plots_file, cost=2.0),
    )
}
