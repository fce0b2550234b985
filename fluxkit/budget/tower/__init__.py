"""What a tower says of a year: NEE, NEP, GPP, Reco, NECB, NPP."""
