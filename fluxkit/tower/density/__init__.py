"""From second moments to fluxes: humidity, density, self-heating, absorption lines."""
