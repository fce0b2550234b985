"""Make a run again from its record, and compare."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.errors import ConfigError
from fluxkit.locations import location
from fluxkit.replaying.again import Progress, make_again
from fluxkit.replaying.inputs import changed_inputs, find_base, in_words
from fluxkit.replaying.verdicts import Verdict, compare_files
from fluxkit.schema.provenance import versions

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replay:
    """Whether the same came out."""

    verdicts: Sequence[Verdict]  #: of each file that was compared
    told: Sequence[str]  #: what is not as it was: versions, files
    out: Path  #: where the new results are

    @property
    def same(self) -> bool:
        """Whether every file that was compared holds the same."""
        return bool(self.verdicts) and all(each.same for each in self.verdicts)


def replay(
    folder: str | Path,
    out: str | Path,
    *,
    base: str | Path | None = None,
    workers: int | None = 1,
    progress: Progress | None = None,
) -> Replay:
    """Make the results of a run again from its record, and compare them with what is there.

    Parameters
    ----------
    folder : path
        Results folder of a tower, of chambers, of years or of a budget, with its ``run.json``.
    out : path
        Folder for the new results: another one.
    base : path, optional
        What the paths of the input files are relative to, where they are not near the results.
    workers : int or None, default 1
        Processes; None: as many as there are processors.
    progress : callable, optional
        Of what is done, and all.

    Returns
    -------
    Replay

    Raises
    ------
    ConfigError
        The two folders are one, or the input files are nowhere.
    MomentsError
        There is no record.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = fk.run("data_samples/open_path/site.toml", folder / "out")
    >>> found = fk.replay(folder / "out", folder / "again", base="data_samples/open_path")
    >>> found.same, [each.name.partition("_")[2][:6] for each in found.verdicts]
    (True, ['HH_202', 'fluxes', 'spectr', ''])
    """
    there, new = location(folder), location(out)
    if there.resolve() == new.resolve():
        raise ConfigError(str(out), ["is the folder of the run itself; give another one (-o)"])
    record = stored(there / RUN)
    start = find_base(record, there, None if base is None else location(base))
    told = [*_versions(record), *in_words(list(changed_inputs(record, start)), len(record.get("inputs", [])))]
    for sentence in told:
        logger.warning("%s", sentence)
    make_again(record, start, new, workers=workers, progress=progress)
    more = _more_files(record, stored(new / RUN))
    for sentence in more:
        logger.warning("%s", sentence)
    names = sorted(record.get("products", {}))
    found = [compare_files(name, there / name, new / name) for name in names]
    return Replay([each for each in found if each is not None], [*told, *more], new)


def _versions(record: Mapping[str, Any]) -> list[str]:
    then, now = record.get("versions", {}), versions()
    other = [
        f"{name} {then[name]} (here {now.get(name, 'none')})" for name in then if then[name] != now.get(name)
    ]
    return [f"made with other versions: {', '.join(other)}"] if other else []


def _more_files(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what to tell of files that the run had not read."""
    known, read = (
        {str(entry.get("sha256") or entry["path"]): str(entry["path"]) for entry in record.get("inputs", [])}
        for record in (before, after)
    )
    new = sorted(path for content, path in read.items() if content not in known)
    some = ", ".join(new[:3]) + (" ..." if len(new) > 3 else "")
    return [f"{len(new)} files were read that the run had not: {some}"] if new else []
