"""The edge of a service: authentication, scope, transaction, idempotency, problem details, in one place."""
