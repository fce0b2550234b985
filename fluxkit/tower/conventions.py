"""Conventions of arithmetic: each way in which programs differ where the paper of a method leaves a choice.

One field is one way, with its reason. ``FLUXKIT`` holds what this package does by itself, ``EDDYPRO_6`` what
that program does, found by comparing results of real records with its own (tests/tower/test_reference.py) and
in its published documentation. The ways of another program are one more instance; functions of physics and of
the steps take a keyword named after the way, never a program's name.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from fluxkit.constants import EDDYPRO_6 as ROUNDED_CONSTANTS
from fluxkit.constants import SI, Constants


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """Ways of computing fluxes; the defaults are fluxkit's."""

    constants: Annotated[Constants, "Physical constants: CODATA and kappa = 0.40, or rounded and 0.41."] = SI

    # ---- samples of a period ----

    short_file_shortens_period: Annotated[
        bool, "Count samples instead of time: a file that ends early makes a shorter period without a gap."
    ] = False
    polar_direction: Annotated[
        Literal["from", "towards"],
        "Direction of a polar wind: where it comes from, as manuals say, or where it blows to; fluxes agree.",
    ] = "from"
    rounded_axes: Annotated[
        bool, "Winds along the paths of a Gill head with the manual's factors of five digits."
    ] = False
    keep_unpaired: Annotated[
        bool,
        "Keep a sample uncorrected where its partner is missing (turned axes, cross-wind), else lose it.",
    ] = False
    ignored_diagnostic_bits: Annotated[
        tuple[str, ...], "Bits of diagnostic words that cost no sample although the manual calls it bad."
    ] = ()
    missing_word_loses_sample: Annotated[
        bool, "Lose a sample whose diagnostic word is missing: nothing is known of it."
    ] = True
    thermocouple_bits_act: Annotated[
        bool, "A bad thermocouple of a cell costs the temperatures and fractions that rest on it."
    ] = True
    sonic_word: Annotated[
        Literal["model", "flag"],
        "Diagnostic word of a sonic: that of its model, or a plain flag for all but two of Gill's models.",
    ] = "model"
    analyser_word_loses_air: Annotated[
        bool,
        "A bad word of an analyser also costs pressure and temperature that were recorded through it, "
        "which are sound when its optics are not.",
    ] = False
    cell_temperature_falls_back: Annotated[
        bool, "Cell temperature from one thermocouple where the other is missing, instead of none."
    ] = False

    # ---- despiking and corrections of the sonic ----

    window_lengths: Annotated[
        Literal["samples", "whole-minutes"],
        "Windows of despiking and of tests: a share of the period's samples, or of its whole minutes "
        "(2 min at 15 min averages).",
    ] = "samples"
    spike_beside_gap: Annotated[
        Literal["hold", "stay"],
        "A spike beside a gap takes its one neighbour's value, or stays as it cannot be interpolated.",
    ] = "hold"
    mad_gap_is_value: Annotated[
        bool,
        "In despiking by the median deviation a gap is the number -9999: values far from any measurement "
        "appear beside gaps.",
    ] = False
    mad_zero_scale: Annotated[
        Literal["no-spikes", "all-spikes"],
        "A median deviation of zero (half the samples are equal) has no scale, or makes the others spikes.",
    ] = "no-spikes"
    temperature_before_head: Annotated[
        bool, "Correct the temperature for cross-wind before the head's errors leave the wind."
    ] = False
    cross_wind_of_w: Annotated[
        bool,
        "Count vertical wind in the cross-wind correction: it blows across inclined paths; Liu et al. (2001) "
        "leave it out.",
    ] = True
    attack_angle_tolerance: Annotated[
        float, "To which the angle of attack is solved [deg]; 0.01 is Nakai et al.'s own criterion."
    ] = 1e-9

    # ---- quality tests of samples (Vickers & Mahrt) ----

    test_gap_is_value: Annotated[
        bool, "The tests see a gap as the number -9999, which lies beyond all limits."
    ] = False
    drop_out_stay: Annotated[
        Literal["seconds", "two-samples"],
        "Shortest stay in one bin that is a drop-out: a second, or two samples as the paper has it, which "
        "counts smoothness at 10 Hz.",
    ] = "seconds"
    drop_outs_in_whole_numbers: Annotated[
        bool, "Shares of drop-outs are cut to whole numbers, so that hardly any is flagged."
    ] = False
    discontinuities: Annotated[
        Literal["both", "falls"], "Jumps of mean and variance that the test sees; upward ones are jumps too."
    ] = "both"
    test_molar_volume: Annotated[
        float | None, "Molar volume of air in the tests [m3 mol-1]; None: that of the air measured."
    ] = None
    vapour_limit_scale: Annotated[
        float,
        "Molar volume of vapour in the test of limits, times the true one: 1000 mistakes per mille for 1.",
    ] = 1.0
    lag_test_of_automatic_windows: Annotated[
        bool, "The lag test searches windows that were set automatically; else lag 0 alone."
    ] = True
    lag_test_default: Annotated[
        Literal["nominal", "zero"], "Lag that the test takes as the default where none is given."
    ] = "nominal"
    lag_test_beyond_window: Annotated[
        Literal["computed", "zero"], "Covariance at a default lag outside the window of the search."
    ] = "computed"
    lag_test_signed: Annotated[
        bool, "Compare covariances at peak and default with their signs; a peak of the other sign is unseen."
    ] = False

    # ---- rotation, lags, detrending ----

    planes_across_moves: Annotated[
        bool, "Fit planes across days on which the sonic moved, which mixes two tilts."
    ] = False
    plane_wind: Annotated[
        Literal["complete", "own"],
        "Mean wind for planes: over samples with all components, or of each component over its own.",
    ] = "complete"
    plane_limit_of_w: Annotated[
        Literal["size", "upward"], "The largest mean w of planar fits limits its size, or up-draughts alone."
    ] = "size"
    open_path_electronics: Annotated[
        float,
        "Delay [s] that an open path's automatic lag window leaves room for beside that of the distance; "
        "analysers of 0.2 to 0.3 s are common, so that 0.3 s puts every maximum on the edge.",
    ] = 1.0
    lag_below_detection: Annotated[
        Literal["expected", "searched"],
        "Lag of a gas whose largest covariance is below the limit of detection: another gas's of the same "
        "analyser, its own by pre-whitening or the nominal one; or that of the largest covariance all the "
        "same, which doubles a flux as small as its noise.",
    ] = "expected"
    gas_mean: Annotated[
        Literal["period", "at-lag"],
        "Mean of a gas over the period, or over the samples left after its shift by the lag.",
    ] = "period"
    running_mean_at_gaps: Annotated[
        Literal["mean-of-present", "stays"],
        "A running mean with gaps is the mean of what is there; moved on only where the new and the leaving "
        "sample both exist it is off for good (1e-3 of a variance at 1 % gaps).",
    ] = "mean-of-present"
    line_at_gaps: Annotated[
        Literal["time", "count"],
        "Lines over short stretches are fitted over time, or over the number of the valid sample.",
    ] = "time"
    filter_rate: Annotated[
        Literal["exact", "whole"], "Sampling rate that turns a filter's seconds into samples."
    ] = "exact"

    # ---- state of the air ----

    saturation: Annotated[
        Literal["sonntag-1990", "exponential"],
        "Saturation vapour pressure: Sonntag (1990), or exp(77.345 + 0.0057 T - 7235 / T) / T^8.2, 0.3 % "
        "lower.",
    ] = "sonntag-1990"
    humidity_iterations: Annotated[
        int, "Iterations of temperature and humidity where air temperature comes from the sonic."
    ] = 4
    molar_volume: Annotated[
        Literal["air", "previous"],
        "Molar volume of the final air temperature, or of the temperature before the last iteration.",
    ] = "air"
    impossible_humidity: Annotated[
        float, "What stands in for an impossible relative humidity in the heat capacity of vapour [%]."
    ] = 100.0
    vapour_of_slow_sensor: Annotated[
        bool, "Report the slow sensor's humidity as the analyser's vapour where both are there."
    ] = False

    # ---- spectral corrections ----

    analyser_response: Annotated[
        Literal["model", "same"],
        "Response time of an analyser: that of its model and bandwidth, or 0.1 s for all.",
    ] = "model"
    cospectral_band: Annotated[
        Literal["turbulent", "bounded"],
        "Frequencies over which model cospectra are integrated: all that they hold, but nothing slower than "
        "two hours where averaging is restored, or rectangles from 1/5000 to 10 Hz.",
    ] = "turbulent"
    low_frequency_squared: Annotated[
        bool,
        "What averaging and detrending leave is squared as if both signals' functions were multiplied; it "
        "acts on a covariance once.",
    ] = False
    chunk_transfer: Annotated[
        Literal["line", "mean-and-slope"],
        "Lines over chunks: their exact function, or loss of the period's mean and the chunk's own slope.",
    ] = "line"
    running_mean_transfer: Annotated[
        Literal["running", "exponential"], "Transfer function of a running mean, or an exponential one's."
    ] = "running"
    mean_after_filter: Annotated[
        bool, "Count that the mean of what a filter left is removed as well when the covariance is taken."
    ] = True
    line_average: Annotated[
        Literal["amplitude", "power"],
        "Averaging of w along a path: Moore's equation is for power, so its root acts on an amplitude.",
    ] = "amplitude"
    laminar_tube: Annotated[
        Literal["amplitude", "power"],
        "Laminar tube flow: loss of amplitude by Taylor's dispersion (12 D), or of power (6 D) in its place.",
    ] = "amplitude"
    tube_diffusivity: Annotated[
        Literal["air", "table"],
        "Diffusivity in a tube at the air's temperature and pressure, or the table's at 0 degC "
        "(0.5 % of a laminar tube's flux).",
    ] = "air"
    low_frequency_of_all: Annotated[
        bool, "Restore what averaging took of momentum and heat too where no high-frequency method is set."
    ] = True
    massman_heat: Annotated[
        Literal["heat", "momentum"],
        "Time constant of the heat flux in Massman (2000): its own, or momentum's.",
    ] = "heat"
    massman_momentum_peak: Annotated[
        bool, "Momentum with its own cospectral peak in Massman (2000), else with the scalars'."
    ] = True
    massman_responses: Annotated[
        Literal["all", "li-7500"],
        "Response times in Massman (2000): those of sonic and analysers, or 0.016 s of a LI-7500 alone.",
    ] = "all"
    massman_separation: Annotated[
        Literal["by-direction", "horizontal"],
        "Separation in Massman (2000): along and across the wind with the vertical one, or the horizontal "
        "distance as if across.",
    ] = "by-direction"
    massman_cell_speed: Annotated[
        Literal["flow", "wind"],
        "Speed of the air in a closed cell in Massman (2000): its flow's, or the wind's.",
    ] = "flow"
    massman_laminar_tube: Annotated[bool, "Laminar tubes attenuate in Massman (2000)."] = True
    massman_chunks: Annotated[
        Literal["chunk", "period"],
        "Length of the lines over chunks in Massman (2000): the chunk's, or the whole period's.",
    ] = "chunk"
    horst_paths: Annotated[
        bool,
        "Horst (1997) beside a gas's response: averaging along paths, tube and separation count as well.",
    ] = True
    stability_passes: Annotated[
        int, "Passes between stability and spectral factors, each of which depends on the other."
    ] = 3
    stability_heat: Annotated[
        Literal["buoyancy", "sensible"], "Heat flux in the Obukhov length; buoyancy is what turbulence feels."
    ] = "buoyancy"
    stability_temperature: Annotated[
        Literal["sonic", "potential"], "Temperature in the Obukhov length: nearly virtual, or potential."
    ] = "sonic"

    # ---- in-situ spectral corrections ----

    in_situ_base: Annotated[
        Literal["peltola-2021", "moncrieff-1997"],
        "What momentum and temperature lose in in-situ methods; the gases lose what temperature loses beside "
        "their own, or what averaging takes only.",
    ] = "peltola-2021"
    in_situ_ustar: Annotated[
        Literal["corrected", "measured"], "Friction velocity with in-situ spectral corrections."
    ] = "corrected"
    in_situ_reading: Annotated[
        Literal["by-lag", "amplitude"],
        "How a filter degrades temperature: at the lag that the lag method finds, or by its plain amplitude.",
    ] = "by-lag"
    own_cospectrum: Annotated[
        Literal["by-lag", "restored-power"],
        "Fratini's period factor: the measured cospectrum at the lag, or restored first and damped by the "
        "filter's power.",
    ] = "by-lag"
    own_factor_with_averaging: Annotated[
        bool, "A period's own in-situ factor holds what averaging took, as the fitted one does."
    ] = True
    in_situ_after_failure: Annotated[
        Literal["again", "never"],
        "Whether in-situ factors are tried again after the first period that has none.",
    ] = "again"
    stable_spectra_limits: Annotated[
        Literal["stable", "unstable"], "Smallest fluxes whose spectra count in stable periods."
    ] = "stable"
    cutoff_classes: Annotated[
        Literal["by-spectra", "equal"], "Weight of a class in an open path's one cut-off frequency."
    ] = "by-spectra"
    humidity_fit: Annotated[
        Literal["classes", "parabola"],
        "Water vapour's cut-off over humidity: that of each class, at its mean humidity, with lines between, "
        "or a parabola through the centres of four and more.",
    ] = "classes"
    ibrom_cutoffs: Annotated[
        Literal["usual", "wide"],
        "Cut-off frequencies at which Ibrom's coefficients are fitted: 0.05 to 5 Hz, or 0.004 to 1.6 Hz, "
        "over which two coefficients miss the factor by 6 %.",
    ] = "usual"

    # ---- fluxes ----

    corrections: Annotated[
        Literal["joint", "sequential"],
        "Humidity and density corrections solved together from corrected covariances, or in order, humidity "
        "with the uncorrected vapour flux.",
    ] = "joint"
    momentum: Annotated[
        Literal["upward", "downward"],
        "Momentum flux, rho u*^2 of both components of the stress: negative when the surface takes it up, or "
        "always positive.",
    ] = "upward"
    temperature_scale: Annotated[
        Literal["negative", "positive"], "Sign of the temperature scale T* when heat goes up."
    ] = "negative"
    storage_of: Annotated[
        Literal["mixing-ratio", "mole-fraction"], "What is stored: a mixing ratio is what a parcel keeps."
    ] = "mixing-ratio"
    storage_change: Annotated[
        Literal["within", "between-means"],
        "Change that storage from one level is: between the first and the last sixth of the period, or since "
        "the mean of the period before, which lags half a period behind.",
    ] = "within"
    storage_height: Annotated[
        Literal["sonic", "analyser"], "Height of the air column whose storage is counted."
    ] = "sonic"

    # ---- uncertainty and quality ----

    error_reach: Annotated[
        Literal["all", "integral-scale"],
        "Lags of the correlation functions in the random error: all kept, or up to the integral time scale.",
    ] = "all"
    error_counts_gaps: Annotated[bool, "Samples of a covariance's random error: missing ones count."] = False
    correlation_reach: Annotated[
        int, "Reach of the correlation functions that are kept, times condense.max_correlation_lag."
    ] = 1
    errors_spectrally_corrected: Annotated[
        bool, "Scale random errors as the flux is, spectral factors included."
    ] = True
    random_error_of: Annotated[
        Literal["flux", "covariance"],
        "Random error of a flux: of all covariances in it together, or of its own scalar's alone, which in "
        "an open path holds what heat and vapour do to a density and density corrections take out.",
    ] = "flux"
    stationarity_of_momentum: Annotated[
        Literal["along-wind", "friction-velocity"], "What the stationarity test of momentum looks at."
    ] = "along-wind"
    classes_in_whole_numbers: Annotated[bool, "Deviations in percent are cut to whole numbers."] = False
    foken_2003_third_class: Annotated[float, "Class of the combinations that Foken (2003) gives class 3."] = (
        3.0
    )
    goeckede_2004_combinations: Annotated[
        Literal["best-row", "listed"],
        "A combination of classes has the first row that it does not exceed, or is the worst unless listed.",
    ] = "best-row"
    turbulence_test_scales: Annotated[
        Literal["final", "before-in-situ"],
        "Stability and T* by which turbulence is judged with in-situ spectral corrections.",
    ] = "final"
    turbulence_test_range: Annotated[
        Literal["parameterised", "all"],
        "Air in which turbulence is tested: up to a z/L of 0.4, for which the models were made, or any.",
    ] = "parameterised"
    solar_day: Annotated[
        bool, "The earth turns once in a solar instead of a sidereal day (Coriolis parameter, 0.3 %)."
    ] = False
    footprint_in_whole_metres: Annotated[
        bool, "Footprints are summed by the metre: the first metre beyond each share."
    ] = False


FLUXKIT = Conventions()

EDDYPRO_6 = Conventions(
    constants=ROUNDED_CONSTANTS,
    short_file_shortens_period=True,
    polar_direction="towards",
    rounded_axes=True,
    keep_unpaired=True,
    ignored_diagnostic_bits=("LI7200_SYNC",),
    missing_word_loses_sample=False,
    thermocouple_bits_act=False,
    sonic_word="flag",
    analyser_word_loses_air=True,
    cell_temperature_falls_back=True,
    window_lengths="whole-minutes",
    spike_beside_gap="stay",
    mad_gap_is_value=True,
    mad_zero_scale="all-spikes",
    temperature_before_head=True,
    cross_wind_of_w=False,
    attack_angle_tolerance=1e-2,
    test_gap_is_value=True,
    drop_out_stay="two-samples",
    drop_outs_in_whole_numbers=True,
    discontinuities="falls",
    test_molar_volume=0.02245,
    vapour_limit_scale=1e3,
    lag_test_of_automatic_windows=False,
    lag_test_default="zero",
    lag_test_beyond_window="zero",
    lag_test_signed=True,
    planes_across_moves=True,
    plane_wind="own",
    plane_limit_of_w="upward",
    open_path_electronics=0.3,
    lag_below_detection="searched",
    gas_mean="at-lag",
    running_mean_at_gaps="stays",
    line_at_gaps="count",
    filter_rate="whole",
    saturation="exponential",
    humidity_iterations=1,
    molar_volume="previous",
    impossible_humidity=-9999.0,
    vapour_of_slow_sensor=True,
    analyser_response="same",
    cospectral_band="bounded",
    low_frequency_squared=True,
    chunk_transfer="mean-and-slope",
    running_mean_transfer="exponential",
    mean_after_filter=False,
    line_average="power",
    laminar_tube="power",
    tube_diffusivity="table",
    low_frequency_of_all=False,
    massman_heat="momentum",
    massman_momentum_peak=False,
    massman_responses="li-7500",
    massman_separation="horizontal",
    massman_cell_speed="wind",
    massman_laminar_tube=False,
    massman_chunks="period",
    horst_paths=False,
    stability_passes=1,
    stability_heat="sensible",
    stability_temperature="potential",
    in_situ_base="moncrieff-1997",
    in_situ_ustar="measured",
    in_situ_reading="amplitude",
    own_cospectrum="restored-power",
    own_factor_with_averaging=False,
    in_situ_after_failure="never",
    stable_spectra_limits="unstable",
    cutoff_classes="equal",
    humidity_fit="parabola",
    ibrom_cutoffs="wide",
    corrections="sequential",
    momentum="downward",
    temperature_scale="positive",
    storage_of="mole-fraction",
    storage_change="between-means",
    storage_height="analyser",
    error_reach="integral-scale",
    error_counts_gaps=True,
    correlation_reach=2,
    errors_spectrally_corrected=False,
    random_error_of="covariance",
    stationarity_of_momentum="friction-velocity",
    classes_in_whole_numbers=True,
    foken_2003_third_class=5.0,
    goeckede_2004_combinations="listed",
    turbulence_test_scales="before-in-situ",
    turbulence_test_range="all",
    solar_day=True,
    footprint_in_whole_metres=True,
)

#: decide.arithmetic -> the conventions that it names.
ARITHMETIC: dict[str, Conventions] = {"fluxkit": FLUXKIT, "eddypro-6": EDDYPRO_6}
