"""Lines of text: header, structure, the fast table of numbers, time stamps."""
