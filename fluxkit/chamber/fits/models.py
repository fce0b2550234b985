"""The models that may be fitted to a closure and the rules that choose among them, by name.

`MODELS` is where a model is entered, `NEEDED` where a rule is: configurations, fits and the page go by them.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Model:
    """What a model is to those that choose and show."""

    parameters: int  #: estimated numbers, the residual variance among them (what AIC counts)
    #: Its shape is the rate at which it levels off [s-1], an amount [mol mol-1 s-2], or it tells none.
    shape: Literal["rate", "amount", "none"]
    begins: bool = False  #: it takes the concentration when the chamber closed


MODELS = {
    "linear": Model(3, "none"),
    "robust": Model(3, "none"),
    "quadratic": Model(4, "amount"),
    "hm": Model(4, "rate"),
    "licor": Model(4, "rate", begins=True),
    "zhao": Model(5, "rate", begins=True),
    "ndfe": Model(4, "rate"),
    "three-point": Model(4, "none"),
}

#: Fits that each rule needs.
NEEDED: dict[str, tuple[str, ...]] = {
    "aicc": ("linear", "hm"),
    "aicc-average": ("linear", "hm"),
    "goflux": ("linear", "hm"),
    "gasfluxes-kappa-max": ("linear", "robust", "hm"),
    "hmr": ("linear", "hm"),
    "licor": ("linear", "licor"),
}
