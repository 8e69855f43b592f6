"""The functional builder: networks as graphs of operations on one sample."""

from swiftllc.graph.graph import Graph
from swiftllc.graph.node import Node
from swiftllc.graph.parameter import Constant, Normal, ParameterSpec, Shape, Uniform

__all__ = ["Constant", "Graph", "Node", "Normal", "ParameterSpec", "Shape", "Uniform"]
