"""Segments: customers who behave alike, found in their own numbers, named by what distinguishes them."""

from ml.segments.scoring import score_segments
from ml.segments.training import SegmentSettings, SegmentTraining, train_segment_model

__all__ = ["SegmentSettings", "SegmentTraining", "score_segments", "train_segment_model"]
