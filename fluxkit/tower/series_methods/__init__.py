"""What needs the series once more: high-pass filters, partition, wavelets."""
