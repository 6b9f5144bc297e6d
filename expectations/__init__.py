"""Audits: what must hold of the tables of a layer before anything is published from them."""
