// Written by reference/make_reference.py with ArviZ 0.23.4.

let arvizReference: [ReferenceTrace] = [
  ReferenceTrace(
    chains: 4, draws: 100, autoregression: 0.0, shift: 0.0,
    effectiveSampleSize: 479.8029350158343, splitRhat: 0.99584375353767,
    monteCarloError: 0.013047060655230043),
  ReferenceTrace(
    chains: 4, draws: 1000, autoregression: 0.9, shift: 0.0,
    effectiveSampleSize: 282.371060399382, splitRhat: 1.0148907742293307,
    monteCarloError: 0.03625297706215686),
  ReferenceTrace(
    chains: 1, draws: 500, autoregression: 0.5, shift: 0.0,
    effectiveSampleSize: 184.268315074136, splitRhat: .nan,
    monteCarloError: 0.022852594564533913),
  ReferenceTrace(
    chains: 3, draws: 101, autoregression: 0.7, shift: 0.0,
    effectiveSampleSize: 68.27803245336989, splitRhat: 1.028926963671251,
    monteCarloError: 0.0460055567059282),
  ReferenceTrace(
    chains: 2, draws: 400, autoregression: -0.8, shift: 0.0,
    effectiveSampleSize: 2322.471989593555, splitRhat: 0.9975756025863782,
    monteCarloError: 0.010289214367725515),
  ReferenceTrace(
    chains: 4, draws: 50, autoregression: -0.95, shift: 0.0,
    effectiveSampleSize: 460.2059991327962, splitRhat: 0.9805254908236106,
    monteCarloError: 0.038436575804302674),
  ReferenceTrace(
    chains: 4, draws: 100, autoregression: 0.3, shift: 0.25,
    effectiveSampleSize: 8.5149854585052, splitRhat: 1.463577572756017,
    monteCarloError: 0.1417986800586986),
  ReferenceTrace(
    chains: 2, draws: 300, autoregression: 0.99, shift: 0.0,
    effectiveSampleSize: 5.916453227417768, splitRhat: 1.3237651595422513,
    monteCarloError: 0.45840307635948907),
  ReferenceTrace(
    chains: 1, draws: 4, autoregression: 0.0, shift: 0.0,
    effectiveSampleSize: 2.4082399653118496, splitRhat: .nan,
    monteCarloError: 0.0756897088597962),
  ReferenceTrace(
    chains: 2, draws: 5, autoregression: 0.0, shift: 0.0,
    effectiveSampleSize: 7.224719895935548, splitRhat: 0.7309223172157286,
    monteCarloError: 0.08997969741830997),
  ReferenceTrace(
    chains: 1, draws: 7, autoregression: 0.0, shift: 0.0,
    effectiveSampleSize: 4.668907502301862, splitRhat: .nan,
    monteCarloError: 0.06486184476595828),
  ReferenceTrace(
    chains: 2, draws: 8, autoregression: 0.5, shift: 0.0,
    effectiveSampleSize: 19.265919722494797, splitRhat: 0.902744516892905,
    monteCarloError: 0.04604118709763035),
  ReferenceTrace(
    chains: 3, draws: 11, autoregression: 0.2, shift: 0.0,
    effectiveSampleSize: 44.31363764158987, splitRhat: 0.9420501468576415,
    monteCarloError: 0.03544230822926169),
  ReferenceTrace(
    chains: 5, draws: 16, autoregression: 0.6, shift: 0.0,
    effectiveSampleSize: 34.681590140432256, splitRhat: 1.1527877608941497,
    monteCarloError: 0.05267666623272254),
]
