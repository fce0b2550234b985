"""Results to files: netCDF, FLUXNET CSV, run record, quarantine list; each appears whole or not at all."""
