"""What the lowerings of torch's programs and of ONNX files share."""
