"""One module a page; each has `show(page)` and says for itself what is missing."""
