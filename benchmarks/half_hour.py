"""Input of the benchmarks: one half hour at 10 and at 20 Hz, as logger text and as TOB1, made here."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

from fluxkit.raw.layout import Layout
from fluxkit.raw.reading import layout_of, read
from fluxkit.raw.samples import Samples
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import load
from fluxkit.synthetic.tower import make_day
from fluxkit.synthetic.writers import Field
from fluxkit.tower.chain import Condenser
from tests.logger_files.binary_writers import write_tob1


@dataclass(frozen=True)
class HalfHour:
    """A raw file, its site and what comes of it."""

    name: str
    path: Path
    site: Site
    yardstick: "HalfHour | None" = None  #: text whose parsing others are compared with; None: its own

    @property
    def text(self) -> str:
        """The file's content."""
        return self.path.read_text()

    def parse(self) -> pd.DataFrame:
        """Parse the same bytes with pandas' C reader, the needed columns only, no time stamps.

        Of a binary file: the text at 10 Hz.
        """
        if self.yardstick is not None:
            return self.yardstick.parse()
        toa5 = self.site.raw.format == "toa5"
        names = pd.read_csv(StringIO(self.text), skiprows=1 if toa5 else 0, nrows=0).columns
        wanted = [c.column for c in self.site.columns.values()]
        return pd.read_csv(
            self.path,
            skiprows=4 if toa5 else self.site.raw.header_rows,
            names=list(names),
            usecols=wanted,
            dtype=np.float64,
            na_values=["NAN"],
            engine="c",
        )

    @cached_property
    def layout(self) -> Layout:
        """How the file is laid out: a run forms it once a day."""
        return layout_of(self.site)

    def samples(self) -> Samples:
        """Read the file as fluxkit does."""
        return read(self.path, self.layout)

    def slots(self) -> tuple[Condenser, dict[str, np.ndarray], int]:
        """A condenser and one period's samples for it."""
        condenser, samples = Condenser(self.site), self.samples()
        return condenser, {k: x[: condenser.size] for k, x in samples.data.items()}, samples.records


@cache
def half_hours() -> tuple[HalfHour, ...]:
    """Open path TOA5 at 10 Hz, closed path CSV with cell temperatures and pressure at 20 Hz, TOB1 of both."""
    folder = Path(mkdtemp(prefix="fluxkit-bench-"))
    texts = []
    for name, rate, kind, path in (("10 Hz TOA5", 10, "toa5", "open"), ("20 Hz CSV", 20, "csv", "closed")):
        config = make_day(
            folder / name.replace(" ", "-"), hours=0.5, rate=rate, format=kind, path=path, seed=1
        )
        site = load(config)
        raw = sorted(
            p for p in config.parent.rglob("*") if p.suffix in (".dat", ".csv") and "truth" not in p.name
        )
        texts.append(HalfHour(name, raw[0], site))
    return (*texts, *(_binary(half, texts[0]) for half in texts))


def _binary(half: HalfHour, yardstick: HalfHour) -> HalfHour:
    """Return the same columns as a logger would write them in TOB1."""
    table = half.parse()
    rate = half.site.raw.rate
    fields = [Field(name, half.site.columns[key].unit, 4) for key, name in _names(half).items()]
    path = half.path.with_suffix(".tob1")
    first = np.datetime64("2024-07-01T00:00") + np.timedelta64(round(1e6 / rate), "us")
    write_tob1(path, fields, [table[field.name].to_numpy() for field in fields], first, rate)
    settings = half.site.model_dump()
    settings["raw"] |= {"format": "tob1", "file_time": "records"}
    for key, name in _names(half).items():
        settings["columns"][key]["column"] = name
    site = Site.model_validate(settings)
    return replace(half, name=f"{rate:g} Hz TOB1", path=path, site=site, yardstick=yardstick)


def _names(half: HalfHour) -> dict[str, str]:
    return {key: str(column.column) for key, column in half.site.columns.items()}
