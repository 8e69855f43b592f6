"""Experiments of the literature, each reproduced by one command: ``swiftllc experiment NAME``.

An experiment is a module of ``protocols`` with tasks that are measured one by one and kept as they are done,
and what is made of all of them together: a table, a figure and numbers that have to come out.
"""
