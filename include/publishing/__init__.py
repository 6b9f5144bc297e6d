"""Write, audit, publish: immutable versions of the audited tables, and one link that says which is current."""
