"""Customer lifetime value from purchase histories: when customers buy, what they spend, what that is worth."""

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.lifetime_value import discounted_lifetime_value
from ml.clv.maximum import FlatLikelihood
from ml.clv.modified_beta_geo import ModifiedBetaGeoModel
from ml.clv.pareto_nbd import ParetoNBDModel

__all__ = [
    "BetaGeoModel",
    "FlatLikelihood",
    "GammaGammaModel",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "discounted_lifetime_value",
]
