"""Replicas of other services' data: nodes and applications of calls, reporting units of indicators.

States of nodes and applications are append-only and carry the position of this service's own log at which they arrived,
so that a report at a past moment stays as it was. Rebuilding that projection therefore empties nothing: it reads the
feed again from its first event, skips stored states and adds missing or differing ones, dated now.
"""
