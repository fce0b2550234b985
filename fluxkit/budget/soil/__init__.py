"""Carbon of soils: stocks by horizons and by mass, fractions."""
