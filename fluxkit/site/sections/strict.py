"""What every model of a configuration shares: frozen, unknown keys refused, no infinities."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class Strict(BaseModel):
    """Base of all models of a configuration."""

    # Sections are validated as parts of the whole: a validator of its own is built when first used.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)
