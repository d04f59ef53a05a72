"""Prefect flows: when and with which parameters the verbs of `operations` run, what is retried and shown."""
