-- How much the rating of a dimension moves with the recommendation given beside it.
select about as dimension, weight from rating_drivers order by weight desc
