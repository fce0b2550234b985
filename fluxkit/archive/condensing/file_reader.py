"""Read the files of a task, and remember what could not be used."""

from pathlib import Path

from fluxkit.archive.inputs import Input
from fluxkit.archive.planning.sources import Source
from fluxkit.errors import ReadError
from fluxkit.locations import fingerprint
from fluxkit.raw.layout import Layout
from fluxkit.raw.reading import read
from fluxkit.raw.samples import Problem, Samples, within


class FileReader:
    """Reads the files of a day, remembering what could not be used.

    Parameters
    ----------
    layout : Layout
        How the files are laid out.
    """

    def __init__(self, layout: Layout) -> None:
        self.problems: list[Problem] = []
        self.inputs: dict[str, Input] = {}
        self._layout = layout

    def __call__(self, source: Source) -> Samples | None:
        """Return the samples of a file, None when nothing of it is usable."""
        name = str(source.path)
        seen = _seen(source.path)
        try:
            samples = read(source.path, source.layout(self._layout))
        except ReadError as error:
            self.problems.append(Problem(name, error.line, "file", error.detail))
            self.inputs[name] = Input.of(source.path, "quarantined", seen)
            return None
        if source.cut:
            cut = within(samples, source.start, source.end)
            if cut is None:
                self.inputs[name] = Input.of(source.path, "used", seen)
                return None
            samples = cut
        self.problems += samples.problems
        lost = any(problem.lost != "nothing" for problem in samples.problems)
        self.inputs[name] = Input.of(source.path, "partly" if lost else "used", seen)
        return samples


def _seen(path: Path) -> str:
    try:
        return fingerprint(path)
    except OSError:  # reading tells it
        return ""
