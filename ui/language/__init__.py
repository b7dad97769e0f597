"""The languages of the page: which a visitor reads, and sentences, numbers and lists in it."""
