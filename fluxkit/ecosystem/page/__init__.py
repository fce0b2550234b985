"""ecosystem.html, the page to look at."""
