"""budget.html: all methods on one axis, and what each includes."""
