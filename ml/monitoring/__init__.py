"""Whether a model still fits its customers: drift of inputs and scores, and outcomes beside what was expected."""
