"""Parts of the steward's page. Each reads the working warehouse and gives HTML; none shows a personal value."""
