"""Which service answers for which resource: the first word of a path after ``/v1/``."""

RESOURCES: dict[str, str] = {
    "territories": "indicators",
    "territory-imports": "indicators",
    "reporting-units": "indicators",
    "indicators": "indicators",
    "breakdowns": "indicators",
    "forms": "indicators",
    "submissions": "indicators",
    "observations": "indicators",
    "reports": "indicators",
}
