"""Customer lifetime value from purchase histories: when customers buy, what they spend, what that is worth."""

from ml.clv.beta_geo import BetaGeoModel
from ml.clv.gamma_gamma import GammaGammaModel
from ml.clv.lifetime_value import discounted_lifetime_value
from ml.clv.maximum import FlatLikelihood

__all__ = ["BetaGeoModel", "FlatLikelihood", "GammaGammaModel", "discounted_lifetime_value"]
