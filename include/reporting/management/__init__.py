"""The periodic management report: a page from the published version, whose sections are YAML."""
