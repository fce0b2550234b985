"""What is done with the samples and what is decided on moments: one model per section of methods.

Methods are named after their paper, see ``fluxkit.schema.papers``.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site.sections.cutoff import Cutoff
from fluxkit.site.sections.open_path import AbsorptionLine, SelfHeating
from fluxkit.site.sections.policy import LOST, POLICY, Action
from fluxkit.site.sections.screening import TESTS, Test, VickersMahrtLimits, VickersMahrtSamples, VitaleLimits
from fluxkit.site.sections.strict import ConfigProblem, NonNegative, OneOf, Positive, ProblemsError, Strict
from fluxkit.site.sections.time_lag import TimeLag


class Condition(Strict):
    """What is done to the samples, one by one."""

    despiking: Annotated[
        Literal["vickers-mahrt-1997", "mauder-2013", "brock-1986", "none"],
        Field(
            description="by a window's deviation, the period's median absolute one, or seven samples' median"
        ),
    ] = "vickers-mahrt-1997"
    spike_limit: Annotated[
        dict[str, Positive], Field(description="Vickers & Mahrt: standard deviations, by variable")
    ] = {"u": 3.5, "v": 3.5, "w": 5.0, "t_sonic": 3.5, "co2": 3.5, "h2o": 3.5, "ch4": 8.0, "n2o": 8.0}
    spike_run: Annotated[int, Field(ge=1, description="longest run of samples that is a spike")] = 3
    despike_only_count: Annotated[bool, Field(description="count spikes but leave them in")] = False
    frozen: Annotated[
        Literal["lose", "keep"],
        Field(
            description="samples that repeat the one before for long, and values held over several samples"
        ),
    ] = "lose"
    absolute_limits: Annotated[bool, Field(description="drop samples beyond `limits`")] = True
    limits: Annotated[
        dict[str, tuple[float, float]],
        Field(
            description="u, w [m s-1] (u: horizontal speed); t_sonic [degC]; "
            "co2, ch4, n2o [umol mol-1]; h2o [mmol mol-1]"
        ),
    ] = {
        "u": (-30.0, 30.0),
        "w": (-5.0, 5.0),
        "t_sonic": (-40.0, 50.0),
        "co2": (200.0, 900.0),
        "h2o": (0.0, 40.0),
        "ch4": (0.17, 1000.0),
        "n2o": (0.032, 1000.0),
    }
    diagnostics: Annotated[bool, Field(description="drop samples that the instruments call bad")] = True
    signal_limits: Annotated[
        dict[str, tuple[float, float]],
        Field(description="signal_<gas> that is good, by gas, as its column has it: [low, high]"),
    ] = {}
    cross_wind: Annotated[
        Literal["liu-2001", "none"],
        Field(description="sonic temperature, where the sonic's firmware does not correct it itself"),
    ] = "liu-2001"
    w_boost: Annotated[
        bool, Field(description="Gill WindMasters whose firmware reports w too small: correct it")
    ] = True
    angle_of_attack: Annotated[
        Literal["automatic", "nakai-2006", "nakai-shimoyama-2012", "none"],
        Field(description="R2, R3; WindMaster; automatic: whichever fits the model, if any"),
    ] = "none"
    transducer_shadow: Annotated[
        Literal["horst-2015", "none"], Field(description="CSAT3 and its like; magnitude is disputed")
    ] = "none"
    tests: Annotated[
        list[Test], Field(description="quality tests of samples; they flag, nothing is removed")
    ] = [*TESTS]
    vickers_mahrt: VickersMahrtSamples = VickersMahrtSamples()
    vitale_2020: Annotated[
        bool,
        Field(description="test for evidence of error, see decide.vitale_2020; 30 ms a signal and period"),
    ] = False
    mixing_ratio: Annotated[
        Literal["ibrom-2007", "none"],
        Field(description="closed path: densities to dry mixing ratio, sample by sample"),
    ] = "ibrom-2007"
    max_missing: Annotated[
        float, Field(gt=0, lt=1, description="largest lost share of a period that is accepted")
    ] = 0.10
    precision: Annotated[
        Literal["float64", "float32"], Field(description="in which raw values are read and converted")
    ] = "float64"


class Condense(Strict):
    """What is kept of the samples."""

    period: Annotated[float, Field(gt=0, le=1440, description="averaging period, minutes")] = 30.0
    max_correlation_lag: Annotated[Positive, Field(description="for the random error, seconds")] = 10.0
    spectral_bins: Annotated[int, Field(ge=5, le=500, description="of (co)spectra, spaced by ratio")] = 50
    far_lags: Annotated[
        list[Positive],
        Field(max_length=2, description="for the limit of detection: from, to, seconds; []: none is made"),
    ] = [150.0, 180.0]

    prewhitening: Annotated[
        bool,
        Field(description="find lags by pre-whitening, 15 ms per gas and period; for lag = vitale-2024"),
    ] = False

    high_pass: Annotated[
        Literal["running-mean", "exponential", "linear-chunks", "none"],
        Field(description="sums of filtered series are kept too, for decide.detrending; 10 ms per period"),
    ] = "none"  # noqa: S105 (no password)
    time_constant: Annotated[Positive, Field(description="of high_pass, seconds")] = 250.0
    partition: Annotated[
        list[Literal["zahn-2022", "thomas-2008", "scanlon-2019"]],
        Field(description="of water and carbon fluxes into plants' and the ground's; 2 ms per period"),
    ] = []
    partition_threshold: Annotated[
        NonNegative, Field(description="hyperbola |q'c'| over sigma_q sigma_c, for thomas-2008")
    ] = 0.25
    wavelet: Annotated[
        Literal["torrence-compo-1998", "none"],
        Field(description="fluxes by the minute, in a file of their own; 55 ms per period"),
    ] = "none"
    wavelet_longest: Annotated[
        Positive | None, Field(description="longest eddies that count, seconds; the period if absent")
    ] = None

    @property
    def seconds(self) -> float:
        """Averaging period. [s]"""
        return self.period * 60.0

    @model_validator(mode="after")
    def _far_lags_ascend(self) -> Self:
        if self.far_lags and (len(self.far_lags) != 2 or self.far_lags[0] >= self.far_lags[1]):
            message = f"found {self.far_lags}; allowed: [from, to], ascending, or []"
            raise ProblemsError(ConfigProblem(("far_lags",), message))
        return self

    @model_validator(mode="after")
    def _divides_day(self) -> Self:
        if self.period < 1.0 / 60.0:
            raise ProblemsError(
                ConfigProblem(("period",), f"found {self.period} minutes; allowed: a second or more")
            )
        if abs(1440.0 / self.period - round(1440.0 / self.period)) > 1e-9:
            message = f"found {self.period} minutes; it must divide the day into equal parts"
            raise ProblemsError(ConfigProblem(("period",), message))
        if self.wavelet != "none" and self.period != round(self.period):
            message = f"found {self.period} minutes; wavelet needs a period of whole minutes"
            raise ProblemsError(ConfigProblem(("period",), message))
        return self


class Leaves(Strict):
    """How much carbon leaves take up for their water, for condense.partition with scanlon-2019."""

    water_use: Annotated[
        Literal["campbell-norman-1998", "scanlon-2019"],
        Field(description="from a constant c_i/c_a, or of stomata that lose the least water"),
    ] = "campbell-norman-1998"
    intercellular_ratio: Annotated[
        float, Field(gt=0, lt=1, description="c_i/c_a for campbell-norman-1998: C3 plants 0.7, C4 0.44")
    ] = 0.7


class Budget(Strict):
    """Uncertainties that do not follow from the samples of a half hour."""

    spectral: Annotated[
        NonNegative,
        Field(description="relative uncertainty of the spectral correction, i.e. of what the factor adds"),
    ] = 0.3
    accuracy: Annotated[
        dict[str, NonNegative],
        Field(description="relative accuracy of the calibration's slope, by variable: w, u, t_sonic, gases"),
    ] = {}


class PlanarFit(Strict):
    """Which half hours a plane is fitted to, for rotation = wilczak-2001 or van-dijk-2004."""

    sectors: Annotated[
        list[Positive], Field(min_length=1, description="widths of wind sectors, clockwise, sum 360 degrees")
    ] = [360.0]
    first_sector: Annotated[
        float, Field(ge=-360, le=360, description="where the first sector begins, degrees from north")
    ] = 0.0
    excluded: Annotated[list[int], Field(description="sectors (1 = first) that get no plane")] = []
    window_days: Annotated[
        Positive | None, Field(description="length of the windows that get planes of their own; absent: all")
    ] = None
    rolling: Annotated[
        bool, Field(description="each day's window is centred on it, not one after the other")
    ] = False
    changes: Annotated[
        list[date], Field(description="days (UTC) on which the sonic was moved: no window reaches across")
    ] = []
    start: Annotated[date | None, Field(description="first day (UTC) of the half hours fitted to")] = None
    end: Annotated[date | None, Field(description="first day (UTC) after the half hours fitted to")] = None
    min_periods: Annotated[int, Field(ge=0, description="fewest half hours for a plane")] = 20
    min_speed: Annotated[float, Field(description="smallest horizontal wind that counts, m s-1")] = 0.5
    max_speed: Annotated[Positive, Field(description="largest horizontal wind that counts, m s-1")] = 20.0
    max_w: Annotated[Positive, Field(description="largest mean vertical wind that counts, m s-1")] = 2.0
    fallback: Annotated[
        Literal["double", "clockwise"],
        Field(description="for sectors without a plane: double rotation, or the next sector's plane"),
    ] = "double"
    coefficients: Annotated[
        list[tuple[float, float, float]],
        Field(description="b0 [m s-1], b1, b2 of each sector, fitted elsewhere; none: fitted here"),
    ] = []

    @model_validator(mode="after")
    def _whole_circle(self) -> Self:
        if abs(sum(self.sectors) - 360.0) > 0.5:
            message = f"widths add up to {sum(self.sectors):g} degrees; give widths that add up to 360"
            raise ProblemsError(ConfigProblem(("sectors",), message))
        if self.coefficients and len(self.coefficients) != len(self.sectors):
            given, needed = len(self.coefficients), len(self.sectors)
            message = f"{given} planes for {needed} sectors; give one each"
            raise ProblemsError(ConfigProblem(("coefficients",), message))
        return self


class Decide(Strict):
    """What is made of the moments. Methods are named after their paper."""

    rotation: Annotated[
        Literal["double", "triple", "wilczak-2001", "van-dijk-2004", "none"],
        Field(
            description="tilt correction: by each period's mean wind, or by a plane, with or without offset"
        ),
    ] = "double"
    planar_fit: PlanarFit = PlanarFit()
    detrending: Annotated[
        Literal["block", "linear", "running-mean", "exponential", "linear-chunks"],
        Field(
            description="what is removed: the mean, a line over the period, or what condense.high_pass takes"
        ),
    ] = "block"
    lag: Annotated[
        Literal[
            "covariance-maximum-default",
            "covariance-maximum",
            "humidity-classes",
            "vitale-2024",
            "constant",
            "none",
        ],
        Field(
            description="delay behind the wind: of the largest covariance, else nominal; in windows that the "
            "season teaches; by pre-whitening; or nominal always"
        ),
    ] = "covariance-maximum-default"
    time_lag: TimeLag = TimeLag()
    density: Annotated[
        Literal["webb-1980", "none"],
        Field(
            description="open paths, and closed ones left wet by condition.mixing_ratio = 'none'; "
            "mixing ratios need no such correction"
        ),
    ] = "webb-1980"
    self_heating: Annotated[
        Literal["burba-2008", "none"],
        Field(description="heat of the LI-7500's body in the density correction of what it measures"),
    ] = "none"
    heated_surfaces: SelfHeating = SelfHeating()
    spectroscopy: Annotated[
        Literal["mcdermitt-2011", "none"],
        Field(description="LI-7700: shape of its absorption line, from the table in absorption_line"),
    ] = "mcdermitt-2011"
    absorption_line: AbsorptionLine = AbsorptionLine()
    humidity: Annotated[Literal["schotanus-1983", "none"], Field(description="sonic temperature")] = (
        "schotanus-1983"
    )
    vapour_neighbour_hours: Annotated[
        NonNegative,
        Field(
            description="how far away, in hours, periods may be whose vapour stands in for what is missing, "
            "in temperature, density and dilution; 0: such air is taken as dry"
        ),
    ] = 2.0
    high_frequency: Annotated[
        Literal[
            "moncrieff-1997",
            "massman-2000",
            "horst-1997",
            "ibrom-2007",
            "fratini-2012",
            "peltola-2021",
            "none",
        ],
        Field(description="what instruments and tubes took"),
    ] = "peltola-2021"
    sorption: Annotated[
        Literal["fratini-2012", "ibrom-2007", "none"],
        Field(
            description="water vapour that sticks to a tube: its attenuation by relative humidity, from the "
            "site's own spectra, where high_frequency knows nothing of it"
        ),
    ] = "fratini-2012"
    leaves: Leaves = Leaves()
    low_frequency: Annotated[
        Literal["moncrieff-2004", "none"], Field(description="what averaging or detrending took")
    ] = "moncrieff-2004"
    cutoff: Cutoff = Cutoff()
    separation: Annotated[
        Literal["horst-lenschow-2009", "horst-lenschow-2009-full", "moore-1986", "none"],
        Field(
            description="what the distance of sensors takes in peltola-2021, ibrom-2007 and fratini-2012: "
            "across the wind and vertical, or (full) along it as well; by Moore's function; or nothing"
        ),
    ] = "horst-lenschow-2009"
    random_error: Annotated[
        Literal[
            "finkelstein-sims-2001",
            "mann-lenschow-1994",
            "billesbach-2011",
            "lenschow-2000",
            "langford-2015",
            "none",
        ],
        Field(
            description="of each flux, one standard deviation: all of it, or (billesbach-2011, "
            "lenschow-2000, langford-2015) what noise gives; langford-2015 leaves momentum to "
            "finkelstein-sims-2001"
        ),
    ] = "finkelstein-sims-2001"
    time_scale: Annotated[
        Literal["first-zero", "e-folding", "all"],
        Field(description="how far the integral time scale reaches: zero of the correlation, 1/e, all lags"),
    ] = "first-zero"
    budget: Budget = Budget()
    quality: Annotated[
        Literal["mauder-foken-2004", "foken-2003", "goeckede-2004", "none"],
        Field(description="classes of steady state and developed turbulence that decide: 0-2, 1-9 or 1-5"),
    ] = "mauder-foken-2004"
    policy: Annotated[
        dict[Annotated[str, OneOf("reason", tuple(POLICY))], Action],
        Field(description="reason -> effect on a flux, where not the default in the table of reasons"),
    ] = {}
    vickers_mahrt: VickersMahrtLimits = VickersMahrtLimits()
    vitale_2020: VitaleLimits = VitaleLimits()
    storage: Annotated[
        Literal["one-point", "profile", "none"],
        Field(description="below the sonic, from one level or from [profile]"),
    ] = "one-point"
    footprint: Annotated[
        Literal["kljun-2015", "kljun-2004", "kormann-meixner-2001", "hsieh-2000", "none"],
        Field(description="distances; where Kljun does not hold, Kormann & Meixner"),
    ] = "kljun-2015"
    arithmetic: Annotated[
        Literal["fluxkit", "eddypro-6"],
        Field(description="whose constants, signs and order of corrections: ours, or that program's"),
    ] = "fluxkit"

    @model_validator(mode="after")
    def _known_reasons(self) -> Self:
        lost = [reason for reason in self.policy if reason in LOST]
        if lost:
            message = "the flux has no value for this reason, whatever the policy: remove it"
            raise ProblemsError(*(ConfigProblem(("policy", reason), message) for reason in lost))
        return self

    @property
    def actions(self) -> dict[str, Action]:
        """What each reason does to a flux."""
        return POLICY | self.policy
