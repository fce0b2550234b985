"""Small pictures of the first page, drawn by fk.plot: run it after a change of the figures, and look."""

import logging
import tempfile
from pathlib import Path

import matplotlib as mpl
import xarray as xr

import fluxkit as fk
from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.synthetic.half_hours import known_budget
from fluxkit.synthetic.tower import make_day

FOLDER = Path(__file__).resolve().parent / "images"


def main() -> None:
    """Write every picture."""
    mpl.use("Agg")
    logging.getLogger("fluxkit").setLevel(logging.ERROR)
    year = known_budget(7, years=1)
    cut = fk.ecosystem.filter_ustar(year, 0.2)
    filled = fk.ecosystem.fill(fk.ecosystem.fill_drivers(cut), "NEE", method="mds")
    parted = fk.ecosystem.partition(filled, method="night")
    with tempfile.TemporaryDirectory() as folder:
        site = fk.load(make_day(folder, hours=48, rate=10))
        moments: xr.Dataset = fk.condense(fk.open_raw(Path(folder) / "raw", site), site)
        averages = fk.ensemble_spectra(moments, fk.decide(moments, site), site)
        campaign = fk.chamber.run(make_campaign(Path(folder) / "plots", plots=2), Path(folder) / "out")
    drawn = {
        "fingerprint": fk.plot.fingerprint(parted, "NEE_F"),
        "sums": fk.plot.cumulative(parted),
        "cospectra": fk.plot.cospectra(averages, "CO2"),
        "closure": fk.plot.closure(campaign.fluxes, campaign.records, "003"),
    }
    for name, axes in drawn.items():
        axes.figure.set_size_inches(5.2, 3.2)
        axes.figure.savefig(FOLDER / f"{name}.png", dpi=80, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
