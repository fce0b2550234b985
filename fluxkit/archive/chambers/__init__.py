"""All of a chamber campaign: read, find closures, make fluxes, write."""
