"""What leaves the room: the FLUXNET product, netCDF, tables by year."""
