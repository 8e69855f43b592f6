"""What swiftllc is to reach."""

#: The best of swiftllc over the best peer, in chain-steps per second.
OVER_BEST_PEER = {
    "DLN 1K": 3.0,
    "DLN 10K": 1.8,
    "DLN 100K": 1.6,
    "DLN 1M": 1.35,
    "DLN 10M": 1.5,
    "DLN 100M": 1.5,
    "MLP 784-128-10": 2.0,
    "MLP 784-1024-1024-10": 1.3,
    "ResNet-20": 1.2,
    "GPT-2": 1.2,
}
#: The same over devinterp 1.3.2.
OVER_DEVINTERP = {"DLN 1K": 50.0, "DLN 10K": 12.0, "DLN 100K": 3.0, "DLN 1M": 2.0, "DLN 10M": 2.0}
#: Time of a step over that of its products alone and of the bytes of its update at the bandwidth of copies.
OVER_MACHINE = {"DLN 100K": 1.15, "DLN 1M": 1.15, "DLN 10M": 1.15, "DLN 100M": 1.15}
#: Rates with two threads over those with one.
SCALING = 1.8
#: Seconds.
IMPORT, FIRST_STEP = 0.15, 0.05
#: Seconds of the others to an answer over those of swiftllc.
ANSWER = 10.0
#: A guard that runs on busy machines takes this share of a bar.
SMOKE_SHARE = 0.8
