"""How far this process knows the logs of the services, by service and family of data."""
