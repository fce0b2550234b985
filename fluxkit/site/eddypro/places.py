"""Where the files lie that a project refers to: given, beside the project, or in the folder of raw files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import Ledger

#: Key of a project that names a file -> option of the command, what the file is.
FILES = {
    "pf_file": ("--planar-fit", "planar-fit file"),
    "to_file": ("--time-lags", "file of optimised time lags"),
    "sa_file": ("--spectra", "spectral-assessment file"),
    "biom_file": ("--biomet", "biomet file"),
    "dyn_metadata_file": ("--dynamic-metadata", "file of dynamic metadata"),
}


@dataclass(frozen=True)
class Places:
    """What the user said of files."""

    given: Mapping[str, Path] = field(default_factory=dict)  #: key of `FILES` -> the file to take
    raw_dir: Path | None = None

    def find(self, project: Ledger, section: str, key: str) -> Path:
        """Return the file that a key of the project names.

        Raises
        ------
        ConfigError
            It is nowhere.
        """
        option, what = FILES[key]
        if key in self.given:
            if not self.given[key].is_file():
                raise ConfigError(str(self.given[key]), [f"no such {what} ({option})"])
            return self.given[key]
        name = project.text(section, key).replace("\\", "/")
        folder = project.path.parent
        places = [folder / name, folder / Path(name).name]
        places += [] if self.raw_dir is None else [self.raw_dir / Path(name).name]
        for place in places:
            if name and place.is_file():
                return place
        found = f"no such file: {places[0]}" if name else "missing"
        raise project.wrong(section, key, f"{found}; put the {what} there, or give it with {option} FILE")

    def require_use(self, key: str, used: bool, why: str) -> None:
        """Refuse a file that was given and would not be used, rather than pass it over."""
        if key in self.given and not used:
            option, what = FILES[key]
            raise ConfigError(str(self.given[key]), [f"the {what} ({option}) would not be used: {why}"])


#: Files are looked for beside the project alone.
BESIDE = Places()
