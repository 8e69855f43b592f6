/* swiftllc: training. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_TRAINING_H
#define SWIFTLLC_TRAINING_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Training, by the same kind of run ------------------------------------------------------------- */

enum { SLLC_SGD = 0, SLLC_ADAM = 1 };

typedef struct sllc_training_options {
  int64_t struct_size;
  int32_t optimizer;    /* SLLC_SGD (default) or SLLC_ADAM */
  double lr;            /* > 0; default NaN: it must be given */
  double momentum;      /* SGD; default 0 */
  double beta1;         /* Adam; default 0.9 */
  double beta2;         /* Adam; default 0.999 */
  double epsilon;       /* Adam; default 1e-8 */
  double weight_decay;  /* default 0; added to the gradient */
  int64_t num_steps;    /* default 1000 */
  int64_t batch_size;   /* default 0: the smaller of samples and 256 */
  uint64_t seed;        /* default 0 */
} sllc_training_options;

void sllc_training_options_init(sllc_training_options *options, int64_t struct_size);
/* parameters: read at the start, and overwritten with the trained ones. losses: one double per step (before
 * the step, on its minibatch), or NULL. A loss that is not finite ends the run as SLLC_DIVERGED,
 * with progress.steps_done the step at which it was met. */
sllc_status sllc_training_start(sllc_model *model, sllc_dataset *dataset, const sllc_training_options *options,
                                void *parameters, double *losses, sllc_run **run);

#ifdef __cplusplus
}
#endif

#endif
