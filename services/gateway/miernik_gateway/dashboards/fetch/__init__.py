"""Reading the reports of the services: client, circuit breaker, fetcher, bounds, last good answers."""
