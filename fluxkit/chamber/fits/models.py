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

#: What each model is, and the paper that it is from.
DESCRIBED: dict[str, tuple[str, str]] = {
    "linear": ("line by ordinary least squares", ""),
    "robust": ("line by iterative reweighting", "Huber, P. J., Robust Statistics, Wiley, 1981"),
    "quadratic": ("parabola; its slope at the window's begin", ""),
    "hm": (
        "c = Ci + (C0 - Ci) exp(-kappa t), kappa of either sign; its slope at the window's begin",
        "Hutchinson & Mosier 1981, Soil Sci. Soc. Am. J. 45, 311-316",
    ),
    "licor": (
        "the curve of hm; its slope where it meets the concentration at closing",
        "Welles et al. 2001, Chem. Geol. 177, 3-13",
    ),
    "zhao": ("exponential and line together", "Zhao et al. 2018, Agric. For. Meteorol. 263, 267-275"),
    "ndfe": (
        "diffusion from a uniform source below",
        "Livingston et al. 2006, Soil Sci. Soc. Am. J. 70, 1459-1469",
    ),
    "three-point": (
        "hm through first, middle and last point; no error",
        "Hutchinson & Mosier 1981, Soil Sci. Soc. Am. J. 45, 311-316",
    ),
}

#: What each rule takes, and the paper or program that it is from.
RULES_DESCRIBED: dict[str, tuple[str, str]] = {
    "aicc": (
        "hm where its corrected criterion of Akaike is lower, counted over independent residuals; else the "
        "line",
        "Burnham & Anderson 2002, Model selection and multimodel inference, Springer",
    ),
    "aicc-average": (
        "both, weighted by that criterion",
        "Burnham & Anderson 2002, Model selection and multimodel inference, Springer",
    ),
    "goflux": (
        "the rule of goFlux: g-factor, kappa, errors and detection",
        "Rheault et al. 2024, JOSS 9(96), 6393",
    ),
    "gasfluxes-kappa-max": (
        "hm where kappa is below that of the smallest flux that can be told; else the robust line",
        "Hüppi et al. 2018, PLoS ONE 13, e0200876",
    ),
    "hmr": (
        "hm; the line where kappa is 0 or below, no flux where it is as large as was searched",
        "Pedersen et al. 2010, Eur. J. Soil Sci. 61, 888-902",
    ),
    "licor": (
        "licor where its sum of squared residuals is lower, else the line",
        "SoilFluxPro; Welles et al. 2001, Chem. Geol. 177, 3-13",
    ),
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
