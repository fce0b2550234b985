"""What the commands of a page find in the folder where they are run, by the name that the page gives."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.synthetic.half_hours import known_budget
from fluxkit.synthetic.tower import make_day

SECONDS = 300  #: a valve stays on a chamber


def nothing(folder: Path) -> None:
    """An empty folder."""


def station(folder: Path) -> None:
    """A station of two days, with a second file of slow measurements."""
    config = make_day(folder, hours=24, rate=5)
    meteo = folder / "meteo"
    meteo.mkdir()
    clock = pd.date_range("2024-07-01 00:30", periods=48, freq="30min").strftime("%Y-%m-%d %H:%M")
    air = {"TIMESTAMP": clock, "TA": 17.0, "RH": 60.0, "PA": 95.9, "SW_IN": np.linspace(0, 700, 48)}
    pd.DataFrame(air).to_csv(meteo / "2024.csv", index=False)
    (folder / "raw" / "2024_07_01_1000.dat").write_bytes(
        (folder / "raw" / "XX-Dem_2024_07_01_1000.dat").read_bytes()
    )
    (folder / "raw" / "XX-Dem_2024_07_01_1000.dat").unlink()
    assert config.name == "site.toml"


def results(folder: Path) -> None:
    """A station that was run, and a campaign of chambers beside it."""
    import fluxkit as fk

    config = make_day(folder, hours=24, rate=5)
    fk.run(config, folder / "out", workers=1)
    make_campaign(folder / "campaign", plots=2)


def headerless(folder: Path) -> None:
    """A closed-path tower whose logger writes ten numbers a line, and nothing else."""
    make_day(folder / "made", hours=6, rate=10, format="csv", path="closed")
    raw = folder / "raw"
    raw.mkdir()
    for file in sorted((folder / "made" / "raw").iterdir()):
        rows = file.read_text().splitlines()[2:]
        (raw / file.name.replace("XX-Dem_", "tower_")).write_text("\n".join(rows) + "\n")
    shutil.copy(folder / "made" / "truth.csv", folder)
    shutil.rmtree(folder / "made")


def valves(folder: Path) -> None:
    """An analyser that a valve joins to four chambers and ambient air in turn, for three hours."""
    (folder / "raw").mkdir()
    stays = np.tile([1, 2, 3, 4, 5], 8)  # the fifth is ambient air
    position = np.repeat(stays, SECONDS)
    since = np.tile(np.arange(SECONDS), stays.size)
    slope = np.array([0.0, 0.12, 0.18, 0.09, 0.15, 0.0])[position]
    noise = np.random.default_rng(4).normal(0.0, 0.05, (2, position.size))
    time = np.datetime64("2024-06-03T08:00:00") + np.arange(position.size)
    table = pd.DataFrame(
        {
            "TIMESTAMP": np.char.replace(time.astype(str), "T", " "),
            "valve": position,
            "CO2": 415.0 + slope * np.maximum(since - 20, 0) + noise[0],
            "CH4": 1.98 + 0.004 * slope * np.maximum(since - 20, 0) + 0.005 * noise[1],
        }
    )
    for k, part in enumerate(np.array_split(np.arange(len(table)), 3)):
        table.iloc[part].round(5).to_csv(folder / "raw" / f"hour_{k}.csv", index=False)


def replaced(folder: Path) -> None:
    """Four summers' days of an archive: an open path, then a closed path with other columns."""
    for year, path in ((2021, "open"), (2022, "open"), (2023, "closed"), (2024, "closed")):
        part = folder / f"made{year}"
        make_day(part, hours=6, rate=5, start=f"{year}-07-01T09:00", path=path)
        (folder / "raw" / str(year)).mkdir(parents=True)
        for file in (part / "raw").iterdir():
            file.rename(folder / "raw" / str(year) / file.name)
        if year == 2021:
            shutil.copy(part / "site.toml", folder / "old.toml")
        if year == 2023:
            shutil.copy(part / "site.toml", folder / "new.toml")
        shutil.rmtree(part)


def campaign(folder: Path) -> None:
    """The campaign of the chambers' page: its files and plots.toml."""
    make_campaign(folder, plots=2)


def budget(folder: Path) -> None:
    """A forest with everything that a budget may read."""
    from fluxkit.budget.synthetic.site import make_site

    make_site(folder)


def year(folder: Path) -> None:
    """A results folder, and half hours of a year as a file of the standard."""
    results(folder)
    ds = known_budget(3, years=1)
    at = (pd.DatetimeIndex(ds.time.values) + pd.Timedelta(hours=1)).strftime("%Y%m%d%H%M")
    table = ds[["NEE", "USTAR", "SW_IN", "TA", "VPD", "RH"]].to_dataframe().fillna(-9999).round(4)
    table.insert(0, "TIMESTAMP_START", at)
    table.to_csv(folder / "year.csv", index=False)


PREPARED: dict[str, Callable[[Path], None]] = {
    made.__name__: made
    for made in (nothing, station, results, headerless, valves, replaced, campaign, budget, year)
}
