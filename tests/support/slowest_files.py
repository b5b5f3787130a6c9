"""Test files in the order in which they start where tests are divided among processes: those that take longest first.

A long file that starts last keeps one core busy while the others are idle. Measured by the processor time of the tests
and of all that they start; a file that is not listed takes under six seconds.
"""

from __future__ import annotations

SLOWEST_FILES = (
    "e2e/test_demo.py",
    "e2e/test_change_log_survives.py",
    "e2e/test_region_equals_recomputation.py",
    "e2e/test_freshness.py",
    "contract/test_documents_hold.py",
    "integration/test_calls_proofs.py",
    "integration/test_indicators_rollup.py",
    "integration/test_gateway_dashboards.py",
    "integration/test_calls_endpoints.py",
    "integration/test_contracts_slide_6.py",
    "integration/test_indicators_reports.py",
    "unit/test_gateway_api_document.py",
    "unit/test_application_list.py",
    "integration/test_calls_pipeline_recomputed.py",
    "integration/test_contracts_proofs.py",
    "integration/test_contracts_endpoints.py",
    "integration/test_indicators_endpoints.py",
    "integration/test_calls_application_imports.py",
    "integration/test_calls_application_races.py",
    "integration/test_calls_applications.py",
    "integration/test_contracts_agreements.py",
    "integration/test_local_postgres.py",
    "integration/test_indicators_versions.py",
    "integration/test_contracts_recommended.py",
    "integration/test_contracts_rollup.py",
    "integration/test_contracts_report.py",
    "integration/test_indicators_failures.py",
)
