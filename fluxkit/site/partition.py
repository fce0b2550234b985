"""Leaves, for the partition of water and carbon fluxes."""

from typing import Annotated, Literal

from pydantic import Field

from fluxkit.site.sections.strict import Strict


class Leaves(Strict):
    """How much carbon leaves take up for their water, for condense.partition with scanlon-2019."""

    water_use: Annotated[
        Literal["campbell-norman-1998", "scanlon-2019"],
        Field(description="from a constant c_i/c_a, or of stomata that lose the least water"),
    ] = "campbell-norman-1998"
    intercellular_ratio: Annotated[
        float, Field(gt=0, lt=1, description="c_i/c_a for campbell-norman-1998: C3 plants 0.7, C4 0.44")
    ] = 0.7
