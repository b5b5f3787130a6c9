"""HTTP layer of a service: authentication, scope, transaction, idempotency and problem details."""
