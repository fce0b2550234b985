"""Files of gas analysers and chamber systems: one module per format behind ``fluxkit.raw.registry``."""
