"""Settings of the quality tests of samples: what is measured of them, and where a test fails."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site.sections.strict import ConfigProblem, NonNegative, Positive, ProblemsError, Strict

#: The tests of Vickers and Mahrt (1997) and the two that are taken with them.
Test = Literal[
    "spikes",
    "amplitude-resolution",
    "drop-outs",
    "absolute-limits",
    "skewness-kurtosis",
    "discontinuities",
    "time-lag",
    "attack-angle",
    "steadiness",
]
TESTS: tuple[Test, ...] = (
    "spikes",
    "amplitude-resolution",
    "drop-outs",
    "absolute-limits",
    "skewness-kurtosis",
    "discontinuities",
    "time-lag",
    "attack-angle",
    "steadiness",
)

Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]
Pair = tuple[float, float]  #: moderate, severe


class VickersMahrtSamples(Strict):
    """How the samples are measured for the tests of Vickers and Mahrt (1997)."""

    bins: Annotated[int, Field(ge=10, le=1000, description="of the histograms of short windows")] = 100
    spread: Annotated[Positive, Field(description="widest range of a histogram, standard deviations")] = 7.0
    percentile: Annotated[
        float, Field(ge=0, lt=50, description="bins beyond it from either end are extreme, %")
    ] = 10.0
    stay: Annotated[
        NonNegative, Field(description="shortest stay in one bin that is a drop-out, seconds; 0: two samples")
    ] = 1.0
    default_lag: Annotated[
        dict[str, float], Field(description="lag that a peak is compared with, s by gas; absent: the nominal")
    ] = {}
    attack_angle: Annotated[Range, Field(description="angles of attack that are not steep, degrees")] = (
        -30.0,
        30.0,
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.attack_angle
        if not -90.0 < low < high < 90.0:
            message = f"found {low:g}, {high:g}; give -90 < lowest < highest < 90"
            raise ProblemsError(ConfigProblem(("attack_angle",), message))
        return self


class VickersMahrtLimits(Strict):
    """Where the tests of Vickers and Mahrt (1997) fail; they advise, nothing is removed."""

    spikes: Annotated[Share, Field(description="share of samples that are spikes")] = 0.01
    empty_bins: Annotated[Share, Field(description="amplitude resolution: share of empty bins")] = 0.70
    stuck_central: Annotated[Share, Field(description="drop-outs: share of samples, central bins")] = 0.10
    stuck_extreme: Annotated[Share, Field(description="drop-outs: share of samples, extreme bins")] = 0.06
    skewness_hard: Range = (-2.0, 2.0)
    skewness_soft: Range = (-1.0, 1.0)
    kurtosis_hard: Annotated[Range, Field(description="normal: 3")] = (1.0, 8.0)
    kurtosis_soft: Annotated[Range, Field(description="normal: 3")] = (2.0, 5.0)
    step_hard: Annotated[
        dict[str, Positive],
        Field(
            description="discontinuities: u v w [m s-1], t_sonic [K], h2o [mmol mol-1], others [umol mol-1]"
        ),
    ] = {
        "u": 4.0,
        "v": 4.0,
        "w": 2.0,
        "t_sonic": 4.0,
        "co2": 40.0,
        "h2o": 3.26,
        "ch4": 40.0,
        "n2o": 40.0,
    }
    step_soft: Annotated[dict[str, Positive], Field(description="the same")] = {
        "u": 2.7,
        "v": 2.7,
        "w": 1.3,
        "t_sonic": 2.7,
        "co2": 27.0,
        "h2o": 2.2,
        "ch4": 30.0,
        "n2o": 30.0,
    }
    variance_step_hard: Annotated[Positive, Field(description="over the period's variance")] = 3.0
    variance_step_soft: Positive = 2.0
    lag_hard: Annotated[Positive, Field(description="excess of the peak over the default lag's")] = 0.20
    lag_soft: Positive = 0.10
    steep: Annotated[Share, Field(description="share of samples with a steep angle of attack")] = 0.10
    unsteadiness: Annotated[Positive, Field(description="change of the wind over its mean")] = 0.50


class VitaleLimits(Strict):
    """Where a statistic is moderate, and where severe, evidence of error: Vitale et al. (2020)."""

    missing_share: Annotated[Pair, Field(description="share of samples that are missing, above")] = (
        0.05,
        0.15,
    )
    longest_gap: Annotated[Pair, Field(description="seconds, above")] = (90.0, 180.0)
    autocorrelation: Annotated[Pair, Field(description="of neighbouring samples, at or below")] = (0.75, 0.5)
    repeated_values: Annotated[Pair, Field(description="seconds spent in the fullest bin")] = (150.0, 300.0)
    low_resolution: Annotated[
        Pair, Field(description="agreement of cross-correlations without repeated values, at or below")
    ] = (0.995, 0.99)
    kurtosis_of_differences: Annotated[Pair, Field(description="above")] = (30.0, 50.0)
    outliers_5: Annotated[Pair, Field(description="share beyond 5 scales, above")] = (0.02, 0.04)
    outliers_10: Annotated[Pair, Field(description="share beyond 10 scales, above")] = (0.005, 0.01)
    nonstationarity: Annotated[Pair, Field(description="ratio of Mahrt (1998), above")] = (2.0, 3.0)
    turbulence: Annotated[Pair, Field(description="deviation of sigma_w from its model, above")] = (0.3, 1.0)
