"""dbt as the tests run it: the same models and statements, with less around them.

A shop of sixty lines is built by 360 nodes and 620 tests, and most of the time is dbt's own.
What is left out here changes no table. `make build` and `make test` run dbt as it is.

Libraries that nothing here uses are imported once, so that the forks of a run need not do it again.
"""

import functools
import threading
from typing import Any

import dbt.adapters.duckdb  # noqa: F401
import parsedatetime
import scipy.stats  # noqa: F401
import sklearn.ensemble
import sklearn.linear_model  # noqa: F401
import statsmodels.tsa.api  # noqa: F401
from dbt.adapters.contracts.macros import MacroResolverProtocol
from dbt.cli import requires
from dbt.context import providers
from dbt.contracts.graph.nodes import Macro
from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager

MADE = threading.local()


def make_contexts_once() -> None:
    """Let the macros that the adapter calls share their context, which holds every macro there is.

    dbt makes one for each statement about a relation (its columns, a new name, a drop): a third of
    a small build. It differs between threads and runs, and in nothing that such a macro reads.
    """
    make = providers.generate_runtime_macro_context

    def make_once(
        macro: Macro, config: Any, manifest: MacroResolverProtocol, package_name: str | None
    ) -> dict[str, Any]:
        if getattr(MADE, "config", None) is not config:
            MADE.config, MADE.contexts = config, {}
        if package_name not in MADE.contexts:
            MADE.contexts[package_name] = make(macro, config, manifest, package_name)
        return dict(MADE.contexts[package_name])

    requires.generate_runtime_macro_context = make_once


def read_dates_by_one_table() -> None:
    """Let the readers of dates share their names of days and months: dbt makes one per answer."""
    parsedatetime.Constants = functools.cache(parsedatetime.Constants)


def make_no_events() -> None:
    """Where nobody reads them, leave out dbt's events below a warning: a fifth of a small build."""
    fire, initialize = EventManager.fire_event, BaseEvent.__init__

    def fire_warnings(
        self: EventManager, event: BaseEvent, level: EventLevel | None = None, **given: Any
    ) -> None:
        if (level or event.level_tag()) in (EventLevel.WARN, EventLevel.ERROR):
            fire(self, event, level=level, **given)

    def initialize_what_is_shown(self: BaseEvent, *args: Any, **given: Any) -> None:
        if isinstance(self, DebugLevel):
            args, given = (), {}
        initialize(self, *args, **given)

    EventManager.fire_event = fire_warnings
    BaseEvent.__init__ = initialize_what_is_shown


make_contexts_once()
read_dates_by_one_table()
