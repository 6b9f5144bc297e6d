"""Customer lifetime value from purchase histories: when customers buy, what they spend, what that is worth."""

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.lifetime_value import LifetimeValue, discounted_lifetime_value, lifetime_value_interval
from ml.clv.maximum import FlatLikelihood
from ml.clv.modified_beta_geo import ModifiedBetaGeoModel
from ml.clv.pareto_nbd import ParetoNBDModel

__all__ = [
    "BetaGeoModel",
    "FlatLikelihood",
    "GammaGammaModel",
    "LifetimeValue",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "discounted_lifetime_value",
    "lifetime_value_interval",
]
