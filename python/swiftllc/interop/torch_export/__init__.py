"""Modules of torch as graphs: ``torch.export`` gives a program of ATen operations, and each becomes nodes.

torch is imported by the functions that need it, when they are called.

    from_torch      the public function: example and module in, model and parameters out, compared at the end
    program         the export: the batch that tells samples apart, and the decomposition of what is not covered
    layout          where the samples are in a tensor of the program, while code moves and merges axes
    lowering        goes through the program; constants are computed by torch, the rest is added to the graph
    table           name of an ATen operation to the function that adds it; operations_* are those functions
    weights         names of parameters, tied ones among them
    outputs         which output is meant
"""
