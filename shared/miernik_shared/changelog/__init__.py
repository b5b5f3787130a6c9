"""The change log: outbox, audit with a hash chain, clock of ``known_at`` and validity of every cache, in one table."""
