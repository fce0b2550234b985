"""What a file format is to fluxkit: how it is recognised, and how its bytes become samples or a series."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.described import samples_of as described_samples
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.samples import ProblemLog, Samples
from fluxkit.raw.series import Series
from fluxkit.raw.text.delimited import delimited_samples as text_samples

Sniff = Callable[[bytes], bool]
Dialect = Callable[[Contents, Layout], Layout]
Describe = Callable[[Contents, ProblemLog], SelfDescribedTable]
ReadFile = Callable[[str | Path, Layout], Samples]
ReadSeries = Callable[[Contents, ReadOptions], Series]


@dataclass(frozen=True)
class Reader:
    """One file format: of a tower's logger, of a gas analyser, or of both.

    A tower's format gives one of ``dialect`` (lines of text), ``describe`` (names, units and records that the
    file itself describes) or ``read_file`` (anything else); an analyser's gives ``series``.

    Parameters
    ----------
    name : str
        As configurations spell it in ``raw.format``.
    sniff : callable
        First 4 KiB of the content -> whether the file is of this format; must be certain.
    read_file : callable, optional
        Path and layout -> samples, where neither ``dialect`` nor ``describe`` is enough.
    dialect : callable, optional
        Content and the configured layout -> the layout with the format's own header, delimiter and time
        column. Raises ReadError for content that is not of the format.
    describe : callable, optional
        Content and log of problems -> names, units and records, without any layout.
    series : callable, optional
        Content and the user's options -> the series of a gas analyser.
    general : bool
        Recognises a family of formats: consulted only when no other reader knows the file.
    marked : bool
        The content begins with a mark that no other program's files begin with.
    whole : bool
        The beginning of a file describes nothing: its index is at the end.
    units_row : int, optional
        Header line (1 = first) with the units of the columns, of a format of text.
    undated : str
        For a format without dates: the name of the program that writes it, for messages.
    what, times : str
        For a tower's format, in the table of formats: what it is, and where the time of its records stands.

    Examples
    --------
    Text with two header lines and semicolons:

    >>> from dataclasses import replace
    >>> acme = Reader(
    ...     "acme",
    ...     lambda head: head.startswith(b"ACME;"),
    ...     dialect=lambda content, layout: replace(layout, delimiter=";", header_rows=2, names_row=2),
    ... )
    >>> acme.of_tower, acme.of_analyser
    (True, False)
    """

    name: str
    sniff: Sniff
    read_file: ReadFile | None = None
    dialect: Dialect | None = None
    describe: Describe | None = None
    series: ReadSeries | None = None
    general: bool = False
    marked: bool = False
    whole: bool = False
    units_row: int | None = None
    undated: str = ""
    what: str = ""
    times: str = ""

    @property
    def of_tower(self) -> bool:
        """Whether files of this format make samples of turbulence."""
        return not (self.read_file is None and self.dialect is None and self.describe is None)

    @property
    def of_analyser(self) -> bool:
        """Whether files of this format make an analyser's series."""
        return self.series is not None

    def read(self, path: str | Path, layout: Layout) -> Samples:
        """Read a file of a tower's logger.

        Parameters
        ----------
        path : str or pathlib.Path
            Plain, gzip, xz, bzip2 or zip file.
        layout : Layout
            Columns and clock; what the format fixes by itself overrides it.

        Raises
        ------
        ReadError
            The file is not of this format, or nothing of it is usable.
        UnknownFormatError
            The format is of chamber analysers.
        """
        if self.read_file is not None:
            return self.read_file(path, layout)
        if not self.of_tower:
            raise UnknownFormatError(
                str(path),
                f"{self.name} is a format of chamber analysers: it has no turbulence samples",
            )
        content = contents(path)
        if self.dialect is not None:
            return text_samples(content, self.dialect(content, layout))
        assert self.describe is not None
        log = ProblemLog(content.source)
        found = self.describe(content, log)
        if self.undated and layout.file_time != "name":
            raise ReadError(
                content.source, f"{self.undated} writes no date into its files: set raw.file_time = 'name'"
            )
        return described_samples(found, layout, log)

    def read_series(self, content: Contents, options: ReadOptions) -> Series:
        """Read a file of a gas analyser.

        Raises
        ------
        ReadError
            Nothing of the file is usable, or an option is needed for what the file leaves open.
        UnknownFormatError
            The format is of flux towers.
        """
        if self.series is None:
            raise UnknownFormatError(
                content.source, f"{self.name} is a format of flux towers: it holds no analyser's series"
            )
        return self.series(content, options)


def deferred(target: str) -> ReadSeries:
    """Return a reader of series that is imported when first called.

    Parameters
    ----------
    target : str
        ``module:function``. A logger's format knows no chambers; the chamber knows how to read its tables.
    """

    def series(content: Contents, options: ReadOptions) -> Series:
        module, _, name = target.partition(":")
        found: Series = getattr(importlib.import_module(module), name)(content, options)
        return found

    return series
