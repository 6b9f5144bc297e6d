"""Figures that are defined once, asked of the published version through MetricFlow."""
