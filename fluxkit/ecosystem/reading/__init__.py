"""Tables of half hours, as other programs and archives write them, to one dataset."""
