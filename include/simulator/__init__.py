"""A CRM made by stated laws, at any size, with the truth beside it."""
