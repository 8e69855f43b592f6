"""Settings that nobody tunes by eye: from measurements to the options of an estimate (docs/calibration.md).

``calibrate`` is for the user and ``search`` chooses, by the ``curvature`` of the loss, the ``localization``
and ``pilots``; ``cost`` counts what that takes, and ``reasons`` says why. All estimates are made by the same
function as those of the user; nothing native knows of any of it.
"""
