"""One module a page; each has `show(page)`. (A folder named `pages` Streamlit would run by itself.)"""
