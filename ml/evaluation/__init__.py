"""How good a model is, in figures of stable names, so that two runs compare side by side."""
