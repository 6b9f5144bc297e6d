"""The data dictionary: what each table and column means, its unit, whose and how personal it is, what checks it."""
