"""The models of one as-of date, and their plain content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ml.clv.families import FAMILIES
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.likelihood_model import LikelihoodModel
from ml.clv.machine import MachineModel
from ml.clv.purchase_model import PurchaseModel


@dataclass(frozen=True)
class ValueFit:
    """The models that score one date; one that could not be fitted is None and `reason` says why.

    `family` names what gives the value, `purchase_family` what gives purchases and the chance of being alive; they
    differ where `machine` gives the value. `choice` tells in words how the family was chosen. `history` is a hash of
    all rows up to the date: the same history gives the same fit.
    """

    as_of: date
    purchases: PurchaseModel | None
    gamma_gamma: GammaGammaModel | None
    machine: MachineModel | None
    family: str | None
    purchase_family: str | None
    choice: str | None
    reason: str | None
    customers: int
    repeat_customers: int
    history: str = ""

    @classmethod
    def without_model(cls, as_of: date, reason: str) -> ValueFit:
        return cls(as_of, None, None, None, None, None, None, reason, 0, 0)

    def as_dict(self) -> dict:
        """Plain content, enough to restore the fit with `ValueFit.from_dict`."""
        content = {name: getattr(self, name) for name in _PLAIN} | {"as_of": self.as_of.isoformat()}
        content |= {name: _content(getattr(self, name)) for name in ("purchases", "gamma_gamma")}
        return content | {"machine": self.machine and self.machine.as_dict()}

    @classmethod
    def from_dict(cls, content: dict) -> ValueFit:
        if "beta_geo" in content:  # versions from when there was one family
            fitted = content["beta_geo"] and "bgnbd"
            told = {"purchases": content["beta_geo"], "machine": None, "choice": None, "history": ""}
            content = content | told | {"family": content["gamma_gamma"] and fitted, "purchase_family": fitted}
        kinds = {"purchases": FAMILIES.get(content["purchase_family"]), "gamma_gamma": GammaGammaModel}
        models = {name: _restored(kind, content[name]) for name, kind in kinds.items()}
        models["machine"] = content["machine"] and MachineModel.from_dict(content["machine"])
        return cls(date.fromisoformat(content["as_of"]), **models, **{name: content[name] for name in _PLAIN})


_PLAIN = ("family", "purchase_family", "choice", "reason", "customers", "repeat_customers", "history")


def _content(model: LikelihoodModel | None) -> dict | None:
    return model and {
        "params": model.params_,
        "standard_errors": {key: _null(error) for key, error in model.standard_errors_.items()},
        "covariance": [[_null(number) for number in row] for row in model.covariance_.tolist()],
        "log_likelihood": model.log_likelihood_,
    }


def _restored(kind: type[LikelihoodModel] | None, content: dict | None) -> LikelihoodModel | None:
    if not content:
        return None
    model = kind()
    model.params_, model.log_likelihood_ = content["params"], content["log_likelihood"]
    model.standard_errors_ = {
        name: np.nan if error is None else error for name, error in content["standard_errors"].items()
    }
    model.covariance_ = np.array(content["covariance"], dtype=float)
    return model


def _null(number: float) -> float | None:
    return None if np.isnan(number) else number
