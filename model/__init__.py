"""The language of the house: values, records, rules, tables and the store. No network, no orchestrator."""
