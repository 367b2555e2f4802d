"""`/metrics`: figures of the moment for Prometheus, computed when it asks."""

import logging
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from dispatcher.budgets.ledger import BudgetFigure, budget_figures
from dispatcher.quality.figures import Figures, figures_at
from dispatcher.services import Services

_log = logging.getLogger(__name__)


def _build() -> str:
    try:
        return version("vakttelefon")
    except PackageNotFoundError:
        return "source"


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"vakttelefon_{name}", documentation, value=value)


class _FiguresCollector(Collector):
    """Asks the store at each scrape; a store that does not answer is a figure too."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; only the build and `vakttelefon_database_up 0` when the store is silent."""
        yield InfoMetricFamily(
            "vakttelefon_build", "The program", {"version": _build(), "python": python_version()}
        )
        try:
            with self._services.db.read() as connection:
                now = self._services.clock.now()
                figures = figures_at(connection, now=now)
                budgets = budget_figures(connection, self._services.settings.budgets, now=now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the store, watchers must be told
            _log.warning("metrics: the database does not answer (%s)", type(error).__name__)
            yield _gauge("database_up", "Whether the database answers (1) or not (0)", 0)
            return
        yield _gauge("database_up", "Whether the database answers (1) or not (0)", 1)
        yield from _metrics(figures)
        yield from _budget_metrics(budgets)


def _metrics(figures: Figures) -> Iterator[Metric]:
    cases = GaugeMetricFamily("vakttelefon_cases", "Cases that are not closed, by state", labels=["state"])
    for state, count in figures.cases.items():
        cases.add_metric([state], count)
    yield cases
    yield _gauge("cases_urgent", "Urgent cases that are not closed", figures.urgent_cases)
    effects = GaugeMetricFamily("vakttelefon_effects", "Effects not done, by state", labels=["state"])
    for state, count in figures.effects.items():
        effects.add_metric([state], count)
    yield effects
    yield _gauge(
        "effects_oldest_due_seconds",
        "How long the most overdue effect has been due; 0 when none is",
        figures.oldest_due_effect_seconds or 0,
    )
    yield _gauge("calls_live", "Calls that have not ended", figures.calls_live)
    yield _gauge("workers", "Workers seen lately", figures.workers_seen)
    if figures.worker_heartbeat_seconds is not None:
        yield _gauge(
            "worker_heartbeat_age_seconds", "Since a worker was last seen", figures.worker_heartbeat_seconds
        )
    yield _gauge("recordings_pending", "Recordings not fetched yet", figures.recordings_pending)


def _budget_metrics(budgets: tuple[BudgetFigure, ...]) -> Iterator[Metric]:
    limit = GaugeMetricFamily(
        "vakttelefon_budget_limit", "SMS that a budget allows an hour", labels=["budget"]
    )
    used = GaugeMetricFamily(
        "vakttelefon_budget_used", "The most of it that was used up within the last hour", labels=["budget"]
    )
    held = GaugeMetricFamily(
        "vakttelefon_budget_held_back", "SMS that it held back within the last hour", labels=["budget"]
    )
    for item in budgets:
        limit.add_metric([item.name], item.limit)
        used.add_metric([item.name], item.used)
        held.add_metric([item.name], item.held_back)
    yield from (limit, used, held)


def create_metrics(services: Services) -> Blueprint:
    """Make the blueprint of `/metrics`, with a registry of its own."""
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_FiguresCollector(services))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        response = Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint
