"""A person's data: where it is, given out, taken out, and proof that it is gone."""
