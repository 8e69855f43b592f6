"""ONNX files as graphs: each node becomes operations of a graph.

onnx is imported by the functions that need it, when they are called.

    from_onnx       the public function: file in, model and parameters out, compared at the end
    reading         a file as one that is known to be sound; external_data: what it keeps in others
    pruning         the part that the output needs
    parameters      which initializers are parameters
    precision       everything in float32 or float64
    inputs          the shape of one sample, and how many samples the shapes of the file hold
    lookups         inputs that are indices of tables
    lowering        goes through the nodes; constants are folded, the rest is added to the graph
    constants       constant arrays beside values of samples
    folding         constants, evaluated by ``onnx.reference``
    written_batch   shapes with one sample written into them
    windows         strides, padding and dilations of convolution and pooling
    table           type of a node to the function that adds it; operations_* are those functions
    comparison      the model's outputs against those of ``onnx.reference``
    nodes           what a node says of itself
"""
