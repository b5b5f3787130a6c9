"""Composition root: builds the gateway's parts and connects them."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from starlette.requests import HTTPConnection

from miernik_gateway.cache.entries import ByteCache
from miernik_gateway.cache.freshness import Freshness
from miernik_gateway.clients.authentication import FindKey, KnownKeys
from miernik_gateway.clients.queries import FoundKey, find_usable_key
from miernik_gateway.clients.request_places import PlacesByKind
from miernik_gateway.dashboards.catalogue.query import Defaults
from miernik_gateway.dashboards.fetch.report_bounds import BoundsFetcher
from miernik_gateway.dashboards.fetch.report_client import ReportClient
from miernik_gateway.dashboards.fetch.report_fetcher import ReportFetcher
from miernik_gateway.dashboards.serve.dashboard_list import DashboardList
from miernik_gateway.dashboards.serve.reader import AnswerCache, DashboardReader
from miernik_gateway.positions.feeds import FollowedFeeds
from miernik_gateway.positions.known import KnownPositions
from miernik_gateway.positions.projection import create_follower
from miernik_gateway.settings import GatewaySettings
from miernik_gateway.warsaw_today import WarsawToday
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller
from miernik_shared.values.as_of import Clock
from miernik_shared.web.service import Service

GATEWAY_CALLER = Caller("gateway", "gateway", frozenset({"feed:read"}), region=True)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Parts of a running gateway, in addition to those that every service has."""

    service: Service
    settings: GatewaySettings
    providers: Mapping[str, ServiceClient]
    keys: KnownKeys
    places: PlacesByKind
    known: KnownPositions
    feeds: FollowedFeeds
    cache: ByteCache
    dashboards: DashboardReader
    dashboard_list: DashboardList
    today: WarsawToday
    freshness: Freshness

    def defaults(self) -> Defaults:
        """Return the default values of the filters of a dashboard."""
        return Defaults(self.today.day(), self.settings.home_voivodeship)


def assemble_gateway(
    service: Service,
    settings: GatewaySettings,
    clock: Clock,
    transports: Mapping[str, httpx.AsyncBaseTransport],
    find_key: FindKey | None = None,
) -> Gateway:
    """Build the parts and add the followers to the service. Opens no connection."""
    providers = {
        name: ServiceClient(name, address, service.signer, GATEWAY_CALLER, transports.get(name))
        for name, address in settings.addresses.items()
    }
    known = KnownPositions()
    followers = {name: create_follower(client, service.engine, known) for name, client in providers.items()}
    service.followers += followers.values()
    service.clients += providers.values()
    feeds = FollowedFeeds(followers)
    cache = ByteCache(settings.cache_bytes)
    freshness = Freshness(known, feeds)
    answers = AnswerCache(cache, freshness, known)
    reports = ReportClient(providers)

    async def find_in_database(digest: bytes) -> FoundKey | None:
        return await find_usable_key(service.engine, digest)

    return Gateway(
        service=service,
        settings=settings,
        providers=providers,
        keys=KnownKeys(find_key or find_in_database),
        places=PlacesByKind(),
        known=known,
        feeds=feeds,
        cache=cache,
        dashboards=DashboardReader(ReportFetcher(reports, clock), answers),
        dashboard_list=DashboardList(BoundsFetcher(reports, clock), answers),
        today=WarsawToday(clock),
        freshness=freshness,
    )


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Return the gateway that serves this request."""
    return connection.app.state.gateway
