"""Territory codes checked against the register: one rule for all services, each with a table of its own.

The service that owns the register publishes its rows with their validity; the others replicate them.
"""
