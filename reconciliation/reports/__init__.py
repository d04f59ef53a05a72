"""What a reconciliation came to, for people: figures in; pages, workbooks and plain tables out. The same bytes for the same figures."""
