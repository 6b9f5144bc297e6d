-- By how much the quantity answers the price.
select segment, elasticity from segments order by segment
