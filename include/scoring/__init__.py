"""The only place where models meet the warehouse: reads feature models, calls `ml`, writes the schema `scores`."""
