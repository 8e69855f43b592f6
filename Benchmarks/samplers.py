"""The settings of the samplers, the same for all contenders.

The step is so small that the chains stay where they began: none is slowed by what it wanders into.
"""

LR = 1e-10
LOCALIZATION = 1.0
#: Of RMSProp-SGLD: v begins at 0 and is not corrected, as in devinterp.
DECAY = 0.99
EPSILON = 0.1

SAMPLERS = ("SGLD", "RMSProp-SGLD")
