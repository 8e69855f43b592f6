"""Modules of torch as graphs: ``torch.export`` gives a program of ATen operations, and each becomes nodes.

torch is imported by the functions that need it, when they are called.

    from_torch      the public function: module and example in, model and parameters out, compared at the end
    examples        what the example may be
    program         the export: the batch that tells samples apart, decomposition of what is not covered
    fusions         formulas in a program that are one operation
    building        a program as a graph: inputs, parameters, and then the lowering
    lowering        goes through a program; torch computes constants, the rest is added to the graph
    table           name of an ATen operation to the function that adds it; operations_* are those functions
    weights         names of parameters, tied ones among them
    outputs         which output is meant
    location        where in the module an operation comes from, for errors
"""
