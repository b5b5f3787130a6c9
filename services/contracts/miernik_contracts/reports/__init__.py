"""Reports across agreements, allocations and replicas of calls; only the application imports them."""
