/* swiftllc: models, their data sets, and their losses. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_MODEL_H
#define SWIFTLLC_MODEL_H

#include "graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Model: a compiled graph -----------------------------------------------------------------------
 *
 * `loss` is a loss node; `output` any other node of floats, for sllc_model_outputs, or SLLC_NO_NODE. */

sllc_status sllc_model_compile(sllc_graph *graph, int64_t loss, int64_t output, sllc_model **model);
void sllc_model_free(sllc_model *model);
/* The length of the flat parameter vector. */
sllc_status sllc_model_parameter_count(sllc_model *model, int64_t *count);
/* Where a parameter node's elements lie in the flat vector. */
sllc_status sllc_model_parameter_slice(sllc_model *model, int64_t node, int64_t *offset, int64_t *count);

/* Data set: borrowed arrays ---------------------------------------------------------------------
 *
 * One array per input node, in their order: samples x (input shape). They must stay valid and
 * unchanged until the data set is freed and every run started from it has ended. An array
 * may be NULL if nothing that is computed needs it (targets, for sllc_model_outputs). Integers are checked
 * here to lie in 0 ..< classes; finiteness is the caller's to check (sllc_array_first_nonfinite).
 *
 * The elements may be of another type than the model reads: they are converted as the rows of a batch are read, and
 * nothing is copied beforehand. Floats are of any of these types, rounded where the model is of less precision; integers
 * of any of the integer ones. Of an array that is not to be read as a whole, such as a large file that is mapped, the
 * check is left out with SLLC_DATA_UNCHECKED; an integer that is out of range then makes the loss NaN. */

enum {
  SLLC_DATA_FLOAT32 = 0,
  SLLC_DATA_FLOAT64 = 1,
  SLLC_DATA_FLOAT16 = 2, /* IEEE 754, with 5 bits of exponent */
  SLLC_DATA_INT8 = 3,
  SLLC_DATA_INT16 = 4,
  SLLC_DATA_INT32 = 5,
  SLLC_DATA_INT64 = 6,
  SLLC_DATA_UINT8 = 7,
  SLLC_DATA_UINT16 = 8,
  SLLC_DATA_UINT32 = 9,
  SLLC_DATA_UINT64 = 10,
  SLLC_DATA_UNCHECKED = 256 /* added to one of them */
};

/* elements: one of SLLC_DATA_FLOAT32 ... for each array, which is aligned for it; NULL for what the model reads: floats
 * of its precision, and int64. */
sllc_status sllc_dataset_create(sllc_model *model, int64_t samples, const void *const *arrays,
                                const int32_t *elements, int64_t array_count, sllc_dataset **dataset);
void sllc_dataset_free(sllc_dataset *dataset);
/* The flat index of the first NaN or infinity, or -1. */
sllc_status sllc_array_first_nonfinite(const void *array, int32_t precision, int64_t count, int64_t *index);

/* Evaluation over the whole data set. `parameters` is a flat vector of the model's precision.
 * losses: one double per sample, or NULL. mean_loss: may be NULL. gradient: of the mean loss, a flat vector. */
sllc_status sllc_model_losses(sllc_model *model, sllc_dataset *dataset, const void *parameters, double *losses,
                              double *mean_loss);
sllc_status sllc_model_gradient(sllc_model *model, sllc_dataset *dataset, const void *parameters, void *gradient,
                                double *mean_loss);
/* outputs: samples x (shape of the model's output node), of the model's precision. */
sllc_status sllc_model_outputs(sllc_model *model, sllc_dataset *dataset, const void *parameters, void *outputs);

#ifdef __cplusplus
}
#endif

#endif
