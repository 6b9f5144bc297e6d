"""How quantities answer prices: elasticities by segment and category, with their uncertainty."""

from ml.elasticity.absorbed_poisson import AbsorbedPoisson, fit_absorbed_poisson
from ml.elasticity.estimates import ESTIMATES, EnoughPrices, price_elasticities

__all__ = ["ESTIMATES", "AbsorbedPoisson", "EnoughPrices", "fit_absorbed_poisson", "price_elasticities"]
