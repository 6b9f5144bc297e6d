"""A segmentation as it is kept: centres, scaling, numbers and names, in one small JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ml.segments.features import Feature, Scaling
from ml.segments.naming import SegmentName

MODEL_FILE = "segments.json"


@dataclass(frozen=True)
class SegmentModel:
    """Centres of shape (k, features) in standard deviations, and the number and name of each."""

    scaling: Scaling
    centres: np.ndarray
    numbers: tuple[int, ...]
    names: tuple[SegmentName, ...]
    next_number: int


def write_model(model: SegmentModel, folder: Path) -> Path:
    """Write `segments.json` into the folder; returns its path."""
    path = folder / MODEL_FILE
    scaling = model.scaling
    told = {
        "features": [asdict(feature) for feature in scaling.features],
        "medians": scaling.medians.tolist(),
        "means": scaling.means.tolist(),
        "deviations": scaling.deviations.tolist(),
        "segments": [
            {"number": number, "name": asdict(name), "centre": centre.tolist()}
            for number, name, centre in zip(model.numbers, model.names, model.centres, strict=True)
        ],
        "next_number": model.next_number,
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def read_model(path: Path) -> SegmentModel:
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    features = tuple(Feature(**feature) for feature in told["features"])
    figures = (np.array(told[name]) for name in ("medians", "means", "deviations"))
    segments = told["segments"]
    return SegmentModel(
        Scaling(features, *figures),
        np.array([segment["centre"] for segment in segments]),
        tuple(segment["number"] for segment in segments),
        tuple(SegmentName(**segment["name"]) for segment in segments),
        told["next_number"],
    )
