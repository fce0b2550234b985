"""Logger files to samples: one module per format behind one registry."""
