"""Energy and water: closure, its corrections as further columns, residuals, evapotranspiration."""
