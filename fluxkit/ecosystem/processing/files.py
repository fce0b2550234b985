"""The files of a run: dataset, sums, product, page; each whole or not at all."""

import json
from pathlib import Path

import xarray as xr

from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.ecosystem.page.page import Years, write_page
from fluxkit.ecosystem.page.skill import names_of_lengths
from fluxkit.ecosystem.processing.course import Course, Results
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.product.annual import write_annual
from fluxkit.ecosystem.product.writing import write_dataset, write_product
from fluxkit.ecosystem.product.years import years_with_data


def write_all(course: Course, out: Path, how: Settings) -> None:
    """Write everything; each file whole or not at all."""
    results = course.results
    for sentence in years_with_data(results.data)[1]:
        course.say(sentence)
    results.data.attrs["notes"] = "\n".join(dict.fromkeys(results.said))
    site = str(results.data.attrs.get("site", "site"))
    results.paths["dataset"] = write_dataset(results.data, out / f"{site}_ecosystem.nc")
    if how.product.zarr:

        def zarr(ds: xr.Dataset) -> None:
            results.paths["zarr"] = write_dataset(ds, out / f"{site}_ecosystem.zarr")

        course.step("zarr", zarr)
    results.paths["annual"] = write_annual(results.annual, out / f"{site}_annual.csv")

    def product(ds: xr.Dataset) -> None:
        results.paths["product"] = write_product(ds, out, hub=how.product.hub, names=how.product.names)

    course.step("the FLUXNET product", product)
    results.paths["page"] = out / "ecosystem.html"
    write_page(results.paths["page"], results.data, _for_page(results))
    course.done = course.total
    course.progress(course.done, course.total)


def _for_page(results: Results) -> Years:
    """Return what the page tells beside the half hours: sums, doubts, skill, what was taken out."""
    screening: dict[str, dict[str, int]] = json.loads(str(results.data.attrs.get("screening", "{}")))
    steps = [
        (f"screening of {name}", ", ".join(f"{step}: {number}" for step, number in counts.items()))
        for name, counts in screening.items()
    ]
    return Years(
        annual=[Yearly(**row) for row in results.annual],
        sums=results.sums,
        decisions=results.decisions,
        thresholds=results.thresholds,
        skill=results.skill,
        skill_lengths=names_of_lengths(),
        notes=[doubt.sentence for doubt in results.doubts],
        steps=steps,
        said=list(dict.fromkeys(results.said)),
    )
