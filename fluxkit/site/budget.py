"""What the uncertainty of a flux is joined from, beside its random error."""

from typing import Annotated

from pydantic import Field

from fluxkit.site.sections.strict import NonNegative, Strict


class Budget(Strict):
    """Uncertainties that no half hour tells by itself."""

    spectral: Annotated[
        NonNegative,
        Field(description="relative uncertainty of the spectral correction, i.e. of what the factor adds"),
    ] = 0.3
    accuracy: Annotated[
        dict[str, NonNegative],
        Field(description="relative accuracy of the calibration's slope, by variable: w, u, t_sonic, gases"),
    ] = {}
