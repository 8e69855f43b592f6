"""The settings of the samplers, the same for all contenders; step and localization are the problem's."""

#: Of RMSProp-SGLD: v begins at 0 and is not corrected, as in devinterp.
DECAY = 0.99
EPSILON = 0.1

SAMPLERS = ("SGLD", "RMSProp-SGLD")
