"""Files of another instrument or logger beside those of ``[raw]``: ``[[sources]]``."""

from typing import Annotated

from pydantic import Field

from fluxkit.site.sections.reading import Raw


class FurtherSource(Raw):
    """Which further files to read and how: the keys of [raw], a name and a clock of their own."""

    id: Annotated[str, Field(min_length=1, description="name that columns give as their source")]
    clock_offset_s: Annotated[
        float,
        Field(ge=-86_400, le=86_400, description="seconds that its clock is ahead of that of [raw]'s files"),
    ] = 0.0
