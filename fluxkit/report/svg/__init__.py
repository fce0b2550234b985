"""Static figures as vector graphics: panels, scales, marks, labels."""
