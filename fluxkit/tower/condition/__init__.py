"""What is done to the samples one by one, and what judges them."""
