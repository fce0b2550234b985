"""The review page of a campaign."""
