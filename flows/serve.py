"""`python -m flows.serve`: Prefect's server and UI, our deployments and one worker in a single process, for an embedded hub.

This module only sets the defaults; `flows.embedded` does the work. Production runs `prefect server start` and workers instead.
"""

import argparse
import asyncio
import os
from importlib import import_module

HOST = "127.0.0.1"


def set_defaults(port: int) -> None:
    """Prefect's settings for an embedded server, set before Prefect is imported; what the environment says wins."""
    defaults = {
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_UI_API_URL": f"http://{HOST}:{port}/api",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "2592000",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_WORKER_PREFETCH_SECONDS": "5",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve Prefect and work for the embedded hub.")
    parser.add_argument("--port", type=int, default=4200)
    chosen = parser.parse_args().port
    set_defaults(chosen)
    asyncio.run(import_module("flows.embedded").serve(chosen))  # Prefect reads its settings when imported
