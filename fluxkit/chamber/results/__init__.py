"""Files of results: netCDF and CSV."""
