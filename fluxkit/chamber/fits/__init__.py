"""One closure, one gas: windows, curves, their choice, the flux and its error."""
