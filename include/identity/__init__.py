"""Who is who: contact values in one form, records of one person found, one id for each person."""
