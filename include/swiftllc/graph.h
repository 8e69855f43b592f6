/* swiftllc: graphs of operations on samples. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_GRAPH_H
#define SWIFTLLC_GRAPH_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Graph: operations on samples ------------------------------------------------------------------
 *
 * Shapes are those of ONE sample; the batch dimension is implied, and axes are counted from 0 without it. Nodes are
 * numbered in the order in which they are added, from 0. Parameters are laid out in that order in one flat vector.
 * What is computed of shared nodes alone is shared too. A list of integers comes with its length. */

enum { SLLC_FLOAT32 = 0, SLLC_FLOAT64 = 1 };   /* precision of parameters, inputs and arithmetic */
enum { SLLC_ELEMENT_FLOAT = 0, SLLC_ELEMENT_INT64 = 1 }; /* elements of an input: the precision's, or int64 */
enum {
  SLLC_NODE_SAMPLE = 0,  /* floats, one value per sample */
  SLLC_NODE_INTEGER = 1, /* 64-bit integers, one value per sample */
  SLLC_NODE_SHARED = 2,  /* floats shared by all samples: parameters, constants, and what is computed of them */
  SLLC_NODE_LOSS = 3     /* one loss per sample */
};
enum { SLLC_NO_NODE = -1 };

sllc_status sllc_graph_create(int32_t precision, sllc_graph **graph);
void sllc_graph_free(sllc_graph *graph);
/* Of a node: what it is, its number of axes, and as many of their extents as `capacity` allows. */
sllc_status sllc_graph_node_shape(sllc_graph *graph, int64_t node, int32_t *kind, int64_t *shape, int64_t capacity,
                                  int64_t *rank);

/* One value per sample that the data set provides. rank 0 (shape may be NULL): a scalar per sample. */
sllc_status sllc_graph_add_input(sllc_graph *graph, int32_t element, const int64_t *shape, int64_t rank,
                                 int64_t *node);
/* A named array of weights, shared by all samples. */
sllc_status sllc_graph_add_parameter(sllc_graph *graph, const char *name, const int64_t *shape, int64_t rank,
                                     int64_t *node);
/* An array of numbers, shared by all samples and never sampled; copied. */
sllc_status sllc_graph_add_constant(sllc_graph *graph, const double *values, const int64_t *shape, int64_t rank,
                                    int64_t *node);

/* Functions of one number. `constant` is read by SLLC_LEAKY_RELU (the slope on the left), SLLC_ELU (alpha in
 * alpha (e^x - 1)) and SLLC_POWER (the exponent). */
enum {
  SLLC_RELU = 0,
  SLLC_TANH = 1,
  SLLC_GELU = 2,      /* x Phi(x), with the normal distribution function */
  SLLC_GELU_TANH = 3, /* its approximation through tanh */
  SLLC_SILU = 4,      /* x / (1 + e^-x) */
  SLLC_SIGMOID = 5,   /* 1 / (1 + e^-x) */
  SLLC_SOFTPLUS = 6,  /* log(1 + e^x) */
  SLLC_LEAKY_RELU = 7,
  SLLC_ELU = 8,
  SLLC_EXP = 9,
  SLLC_LOG = 10,
  SLLC_SQRT = 11,
  SLLC_ERF = 12,
  SLLC_SIN = 13,
  SLLC_COS = 14,
  SLLC_ABS = 15,
  SLLC_POWER = 16
};
sllc_status sllc_graph_add_activation(sllc_graph *graph, int32_t function, double constant, int64_t input,
                                      int64_t *node);
/* Of two numbers; shapes broadcast as numpy's do. */
enum { SLLC_ADD = 0, SLLC_SUBTRACT = 1, SLLC_MULTIPLY = 2, SLLC_DIVIDE = 3, SLLC_MAXIMUM = 4, SLLC_MINIMUM = 5 };
sllc_status sllc_graph_add_arithmetic(sllc_graph *graph, int32_t operation, int64_t a, int64_t b, int64_t *node);

/* The same elements in row-major order in another shape. */
sllc_status sllc_graph_add_reshape(sllc_graph *graph, int64_t input, const int64_t *shape, int64_t rank,
                                   int64_t *node);
/* Axis i of the result is axis axes[i] of the input. */
sllc_status sllc_graph_add_permute(sllc_graph *graph, int64_t input, const int64_t *axes, int64_t rank,
                                   int64_t *node);
/* `count` elements along an axis, from `start` on by steps of `step`, which may be negative. */
sllc_status sllc_graph_add_slice(sllc_graph *graph, int64_t input, int64_t axis, int64_t start, int64_t step,
                                 int64_t count, int64_t *node);
/* Repeated along new leading axes, and along axes of extent 1, to this shape. */
sllc_status sllc_graph_add_expand(sllc_graph *graph, int64_t input, const int64_t *shape, int64_t rank,
                                  int64_t *node);
/* Inputs one after the other along an axis. */
sllc_status sllc_graph_add_concatenation(sllc_graph *graph, const int64_t *inputs, int64_t count, int64_t axis,
                                         int64_t *node);
/* `scale` times the sum over axes, each of which keeps an extent of 1. */
sllc_status sllc_graph_add_sum(sllc_graph *graph, int64_t input, const int64_t *axes, int64_t axis_count,
                               double scale, int64_t *node);
/* The largest element along the last axis, which keeps an extent of 1. */
sllc_status sllc_graph_add_maximum(sllc_graph *graph, int64_t input, int64_t *node);
/* Softmax along the last axis; with `logarithm` not 0 its logarithm. Safe for any finite numbers. */
sllc_status sllc_graph_add_softmax(sllc_graph *graph, int64_t input, int32_t logarithm, int64_t *node);

/* input (..., in) x weight (out, in) [+ bias (out), or SLLC_NO_NODE] -> (..., out). */
sllc_status sllc_graph_add_linear(sllc_graph *graph, int64_t input, int64_t weight, int64_t bias,
                                  int64_t *node);
/* numpy's matmul of (..., m, k) and (..., k, n); a side that is transposed has its last two axes exchanged. */
sllc_status sllc_graph_add_matrix_product(sllc_graph *graph, int64_t a, int32_t transpose_a, int64_t b,
                                          int32_t transpose_b, int64_t *node);
/* input (C, H, W) * weight (O, C/groups, kh, kw) [+ bias (O), or SLLC_NO_NODE] -> (O, H', W'), with
 * H' = (H + 2 padding - dilation (kh - 1) - 1) / stride + 1. stride, padding and dilation are two integers each: of
 * rows and of columns. */
sllc_status sllc_graph_add_convolution(sllc_graph *graph, int64_t input, int64_t weight, int64_t bias,
                                       const int64_t *stride, const int64_t *padding, const int64_t *dilation,
                                       int64_t groups, int64_t *node);
/* The largest element, or the mean, of each window of input (C, H, W) -> (C, H', W'), H' as for a convolution. Pairs
 * as there; padding is at most half the kernel, never the largest element, and counts as 0 in the mean unless
 * counts_padding is 0. */
sllc_status sllc_graph_add_max_pool(sllc_graph *graph, int64_t input, const int64_t *kernel, const int64_t *stride,
                                    const int64_t *padding, const int64_t *dilation, int64_t *node);
sllc_status sllc_graph_add_average_pool(sllc_graph *graph, int64_t input, const int64_t *kernel,
                                        const int64_t *stride, const int64_t *padding, int32_t counts_padding,
                                        int64_t *node);
/* (x - mean) / sqrt(variance + epsilon) over the last axis_count axes, or, where `centred` is 0,
 * x / sqrt(mean x^2 + epsilon); times weight, plus bias, of the shape of those axes (or SLLC_NO_NODE). */
sllc_status sllc_graph_add_normalization(sllc_graph *graph, int64_t input, int64_t weight, int64_t bias,
                                         int64_t axis_count, int32_t centred, double epsilon, int64_t *node);
/* x[c, ...] scale[c] + shift[c]: input (C, ...), scale and shift (C). */
sllc_status sllc_graph_add_channel_affine(sllc_graph *graph, int64_t input, int64_t scale, int64_t shift,
                                          int64_t *node);
/* softmax(scale q k^T + mask) v: query (..., Tq, d), key (..., Tk, d), value (..., Tk, dv) -> (..., Tq, dv). A mask
 * (or SLLC_NO_NODE) broadcasts to (..., Tq, Tk). With `causal` not 0 query i sees the keys j <= i alone. */
sllc_status sllc_graph_add_attention(sllc_graph *graph, int64_t query, int64_t key, int64_t value, int64_t mask,
                                     int32_t causal, double scale, int64_t *node);
/* input (..., T, d) with pairs of each row's elements turned by angles, whose cosines and sines are constants (T, pairs):
 * pair i is elements i and pairs + i or, with `interleaved` not 0, 2i and 2i + 1. Elements from 2 pairs on stay. */
sllc_status sllc_graph_add_rotary(sllc_graph *graph, int64_t input, int64_t cosines, int64_t sines,
                                  int32_t interleaved, int64_t *node);
/* The rows of table (rows, columns) that integers (...) pick -> (..., columns). */
sllc_status sllc_graph_add_embedding(sllc_graph *graph, int64_t indices, int64_t table, int64_t *node);

#define SLLC_NO_LABEL INT64_MIN
/* input (..., columns) and integers (...): of each row the element that its integer names, 0 where it is `ignored` (or
 * SLLC_NO_LABEL): (...). */
sllc_status sllc_graph_add_pick(sllc_graph *graph, int64_t input, int64_t indices, int64_t ignored, int64_t *node);

/* Losses, one per sample. */
/* Mean over the outputs of (prediction - target)^2. Both have the same shape. */
sllc_status sllc_graph_add_mean_squared_error(sllc_graph *graph, int64_t prediction, int64_t target,
                                              int64_t *node);
/* offset + scale times the SUM over the outputs of (prediction - target)^2. */
sllc_status sllc_graph_add_squared_error(sllc_graph *graph, int64_t prediction, int64_t target, double scale,
                                         double offset, int64_t *node);
/* Mean over the outputs of log(1 + e^x) - t x, for targets t in [0, 1]. Both have the same shape. */
sllc_status sllc_graph_add_binary_cross_entropy(sllc_graph *graph, int64_t logits, int64_t target, int64_t *node);
/* -log softmax(logits)[label]: logits (..., classes), label (...) of integers; the mean over the positions whose label
 * is not `ignored` (or SLLC_NO_LABEL), and 0 where all are. The target gives the label 1 - smoothing, and `smoothing`
 * to all classes alike. */
sllc_status sllc_graph_add_cross_entropy(sllc_graph *graph, int64_t logits, int64_t label, int64_t ignored,
                                         double smoothing, int64_t *node);
/* A value of one float per sample, taken as the loss. */
sllc_status sllc_graph_add_loss(sllc_graph *graph, int64_t value, int64_t *node);

#ifdef __cplusplus
}
#endif

#endif
