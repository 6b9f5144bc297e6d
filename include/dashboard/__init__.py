"""The dashboard of business users: pages on the published version, asked anew at every look and never held."""
