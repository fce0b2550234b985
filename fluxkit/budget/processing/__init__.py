"""From budget.toml to rows, tables and the page."""
