"""What instruments and averaging took from a covariance, and the spectra that tell."""
