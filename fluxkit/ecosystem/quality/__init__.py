"""What is taken from half hours before statistics: flags, spikes, fetch, implausible values."""
