"""Reports across agreements, allocations and what was learnt from calls; nothing but the application imports them."""
