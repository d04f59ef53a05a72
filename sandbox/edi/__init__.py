"""A make-believe warehouse that is told, and tells, by X12 files in folders."""
