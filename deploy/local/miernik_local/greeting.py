"""Text that `make demo` prints at its end: the address, the API keys and three requests to paste."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from miernik_local.demo_state import DemoState, SampleRegion, command

AS_OF = "2011-08-31"


def greeting(gateway_url: str, state: DemoState, region: SampleRegion) -> str:
    """Text with the gateway's address, the keys and three requests to paste."""
    names = ("officer", "analyst", "gmina", "integrator")
    officer, analyst, gmina, integrator = (state.client_keys[name] for name in names)
    one_more = command("demo-client NAME", state.directory)
    lines = [
        "",
        f"Miernik listens on {gateway_url}   (Ctrl-C stops it; data and keys stay in {state.directory.name}/)",
        f"  officer's key:    {officer}   (urzędnik: signs, allocates, defines calls, imports)",
        f"  analyst's key:    {analyst}",
        f"  gmina's key:      {gmina}",
        f"  integrator's key: {integrator}   (for docs/howto/connect-your-system.md)",
        f"  one more key:     {one_more}   (an officer's; --scope, --unit for less)",
        f"  API documentation: {gateway_url}/docs",
        "",
        *curl_lines(gateway_url, analyst, gmina, region),
        "",
    ]
    return "\n".join(lines)


def curl_lines(gateway_url: str, analyst_key: str, gmina_key: str, region: SampleRegion) -> list[str]:
    """Commands of three requests: a dashboard, a dry run of a return, the dashboard as known at this moment."""
    dashboard = f"{gateway_url}/v1/dashboards/contracting?as_of={AS_OF}"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    submission = f"{gateway_url}/v1/submissions?{region.sample_curl_query}&dry_run=true"
    return [
        _curl(analyst_key, dashboard),
        _curl(gmina_key, submission, "-H", "Content-Type: text/csv", "--data-binary", region.sample_curl_body),
        _curl(analyst_key, f"{dashboard}&known_at={now}"),
    ]


def _curl(key: str, url: str, *more: str) -> str:
    return shlex.join(["curl", "-sS", "-H", f"Authorization: Bearer {key}", *more, url])
