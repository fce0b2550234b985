"""Which tests take a flux away and which only advise: the one table that decides it."""

from typing import Literal

Action = Literal["remove", "advise", "ignore"]

#: Reason -> effect unless ``[decide.policy]`` gives another. The order is that of the bits of
#: <FLUX>_QC_REASON. A reason of LOSS_FLAG that lost no value of a flux does not concern that flux.
POLICY: dict[str, Action] = {
    "no_data": "remove",
    "too_few_records": "remove",
    "wind_missing": "remove",
    "temperature_missing": "remove",
    "gas_missing": "remove",
    "constant_channel": "remove",
    "not_computed": "remove",
    "quality_class": "remove",
    "quality_test_missing": "advise",
    "implausible": "remove",
    "below_detection": "ignore",
    "lag_at_default": "advise",
    "pressure_assumed": "advise",
    "temperature_assumed": "advise",
    "humidity_missing": "advise",
    "spectral_correction_missing": "advise",
    "storage_missing": "advise",
    "rotation_fell_back": "advise",
    "severe_evidence": "remove",
    "moderate_evidence": "advise",
    "spikes": "advise",
    "amplitude_resolution": "advise",
    "drop_outs": "advise",
    "absolute_limits": "advise",
    "skewness_kurtosis": "advise",
    "discontinuities": "advise",
    "time_lag": "advise",
    "attack_angle": "advise",
    "steadiness": "advise",
    "humidity_of_neighbours": "advise",
    "doubted": "advise",
}

#: Reasons for which there is no value: the flux is missing whatever the policy is.
LOST = ("no_data", "too_few_records", "wind_missing", "temperature_missing", "gas_missing",
        "constant_channel", "not_computed")  # fmt: skip
