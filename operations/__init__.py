"""The verbs of the hub as plain functions: connector, rules and store brought together, without Prefect."""
