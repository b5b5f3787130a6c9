"""Liveness of the followed feeds: whether every change up to now has arrived."""

from collections.abc import Mapping

from miernik_shared.changelog.follower import LONG_POLL_SECONDS, Follower

LONGEST_SILENCE_SECONDS = LONG_POLL_SECONDS + 5
"""A long poll without events returns after its timeout; no response for longer means that changes may be missing."""


class FollowedFeeds:
    """Followers of the feeds by service."""

    def __init__(self, followers: Mapping[str, Follower]) -> None:
        self._followers = followers

    def trusted(self, service: str) -> bool:
        """Check whether the last fetch succeeded, was applied and is recent enough."""
        follower = self._followers[service]
        return follower.connected and follower.contact_age() < LONGEST_SILENCE_SECONDS
