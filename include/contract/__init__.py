"""The CRM contract: which tables, columns, types and units every source is mapped to."""
