"""Files that a budget is made from: tables, output of models, subsets of satellites."""
