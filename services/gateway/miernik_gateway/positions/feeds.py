"""Whether the feeds can be trusted to have told of every change."""

from collections.abc import Mapping

from miernik_shared.changelog.follower import LONG_POLL_SECONDS, Follower

LONGEST_SILENCE_SECONDS = LONG_POLL_SECONDS + 5
"""A long poll without news comes back after its timeout; a silence beyond that means that changes may be passing by."""


class FollowedFeeds:
    """The followers by service."""

    def __init__(self, followers: Mapping[str, Follower]) -> None:
        self._followers = followers

    def trusted(self, service: str) -> bool:
        """Whether the last fetch was answered and applied, and not too long ago."""
        follower = self._followers[service]
        return follower.connected and follower.contact_age() < LONGEST_SILENCE_SECONDS
