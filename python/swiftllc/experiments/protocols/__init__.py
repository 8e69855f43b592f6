"""A module for each experiment, with the functions that an ``Experiment`` is made of; and what they share."""
