"""The networks of the problems, written for other libraries."""
