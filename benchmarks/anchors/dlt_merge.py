"""dlt's merge of the same shop: its rest_api source, primary key id, write disposition merge, its own table per nested list.

As its documentation shows it, or `--tuned`: files loaded by COPY (PostgreSQL), extraction parallelised, two normalising processes, larger
buffers. `--since` is its incremental way: only orders modified after. The result is generic: about all fields, no validation, money as
floating point or text as it came, no history, no quarantine, no raw payloads.
Environment: requirements-dlt.txt (setup.sh).

    python dlt_merge.py URL DATABASE [--tuned] [--since 2026-01-31T13:00:00] --pipelines DIR
"""

import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("url"), parser.add_argument("database"), parser.add_argument("--pipelines", required=True)
parser.add_argument("--tuned", action="store_true"), parser.add_argument("--since")
asked = parser.parse_args()
os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
if asked.tuned:
    os.environ |= {
        "NORMALIZE__WORKERS": "2", "EXTRACT__WORKERS": "4", "LOAD__WORKERS": "4", "DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
        "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "100000", "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "10000",
    }  # fmt: skip


def main():
    import dlt
    from dlt.sources.rest_api import rest_api_source

    params = {"per_page": 100, "orderby": "id", "order": "asc", "status": "any"}
    if asked.since:
        params |= {"modified_after": asked.since, "dates_are_gmt": "true"}
    source = rest_api_source({
        "client": {
            "base_url": f"{asked.url}/wp-json/wc/v3/",
            "auth": {"type": "http_basic", "username": "ck_street", "password": "cs_street"},
            "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None},
        },
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "parallelized": asked.tuned},
        "resources": [{"name": "orders", "endpoint": {"path": "orders", "params": params, "data_selector": "$"}}],
    })  # fmt: skip
    is_postgres = asked.database.startswith("postgresql")
    destination = dlt.destinations.postgres(asked.database) if is_postgres else dlt.destinations.sqlalchemy(asked.database)
    pipeline = dlt.pipeline("orders", destination=destination, dataset_name="shop", pipelines_dir=asked.pipelines)
    pipeline.run(source, **({"loader_file_format": "csv"} if asked.tuned and is_postgres else {}))
    steps = {step.step: round((step.finished_at - step.started_at).total_seconds(), 2) for step in pipeline.last_trace.steps}
    with pipeline.sql_client() as client:
        counted = client.execute_sql("SELECT count(*), count(DISTINCT id) FROM orders")[0]
    print(json.dumps({"steps_s": steps, "orders": counted[0], "distinct": counted[1]}))


if __name__ == "__main__":
    main()
