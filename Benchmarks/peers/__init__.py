"""The contenders, a module for each: see contender.py."""
