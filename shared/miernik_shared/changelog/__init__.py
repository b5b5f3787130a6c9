"""Change log: outbox, audit with a hash chain, clock of ``known_at`` and cache invalidation, in one table."""
