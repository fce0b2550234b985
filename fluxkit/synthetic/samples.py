"""The committed sample files: ``data_samples/`` is what ``make_samples`` writes."""

from pathlib import Path

from fluxkit.synthetic.tower import make_day

_README = """\
# Sample data

Synthetic eddy covariance raw files whose fluxes are known. Nothing was measured; the
station does not exist. Licence: BSD-3-Clause, as the package.

| folder | content | sensors |
|---|---|---|
| `open_path/` | 4 half hours at 10 Hz, TOA5 (`.dat.gz`) as a logger writes it | CSAT3, LI-7500A |
| `closed_path/` | 2 half hours at 10 Hz, CSV (`.csv.gz`), with cell T and P | R3-50, LI-7200, tube |

Each folder has a `site.toml`, which reads and processes it (`fluxkit run open_path/site.toml -o out`), and a
`truth.csv` with what was planted: fluxes, covariances, tilt and delays.

How they were made: `fluxkit.synthetic.samples.make_samples`. Random-phase turbulence with Kaimal spectra and
cospectra, every covariance exact for its half hour; air density effects from the ideal gas law;
humidity effect on sonic temperature; path averaging and first-order response of the sensors; delay; tilt;
instrument noise; the resolution that the logger writes.

What to expect of a comparison with `truth.csv`: only fluctuations between one half hour and
0.2 s are planted, so a correction for lower frequencies adds flux that is not there (one or two per cent).
"""


def make_samples(out_dir: str | Path) -> None:
    """Write the sample data; the same bytes every time.

    Parameters
    ----------
    out_dir : str or Path
        Folder, created if missing.
    """
    folder = Path(out_dir)
    make_day(folder / "open_path", hours=2.0, start="2024-07-01T10:00", seed=1, compress=True)
    make_day(
        folder / "closed_path",
        hours=1.0,
        start="2024-07-01T13:00",
        seed=2,
        compress=True,
        format="csv",
        path="closed",
    )
    (folder / "README.md").write_text(_README)
