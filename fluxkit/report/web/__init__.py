"""Pages to look into: columns over time, figures drawn from them in the browser, no address asked."""
