"""Files of gas analysers and chamber systems: one module per format behind the registry of ``fluxkit.raw``."""
