/* swiftllc: chains driven by hand. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_CHAIN_H
#define SWIFTLLC_CHAIN_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Chain: ask and tell ---------------------------------------------------------------------------
 *
 * One chain of such a run, without a model: it asks, and the caller evaluates.
 *
 *     look                                      where it is
 *     repeat: evaluate the mean loss of the rows in state.batch at state.parameters, its gradient into state.gradient
 *             tell                              the loss
 *             if state.has_arrived:             at a draw, of that loss
 *                 leave
 *
 * Most samplers arrive each time that they are told; MALA and HMC at the end of a trajectory, where they may have gone
 * back to its start, so that state.loss is not always the one just told. A move that is checked
 * (num_acceptance_checks) asks for up to two gradients more before the chain arrives again. Told the losses of a model,
 * chain `number` is that of a run of the same options, up to rounding. */

/* The addresses stay the same as long as the chain lives; what is there changes with each call. */
typedef struct sllc_chain_state {
  int64_t struct_size;
  const void *parameters; /* all of them, flat */
  void *gradient;         /* where their gradient is expected; not to be changed between arriving and leaving */
  const int64_t *batch;   /* the rows to average over, out of 0 ..< samples */
  int64_t batch_count;    /* how many: batch_size, or fewer at the end of an epoch */
  int64_t batch_size;     /* in force */
  double nbeta;           /* in force */
  int64_t step;           /* how often the chain has left a draw */
  int32_t has_arrived;    /* not 0: at a draw, which it must leave before it is told more */
  double loss;            /* of the last arrival; NaN before the first */
  double acceptance;      /* of the move that led there, where MALA and HMC decide; else NaN */
} sllc_chain_state;

typedef struct sllc_chain_measures {
  int64_t struct_size;
  double distance;       /* |w - w*| */
  double acceptance;     /* this and the rest: so far, as in sllc_trace */
  double drift_norm;
  double noise_norm;
  double temperature;
  double gradient_noise;
  double stiffness;
} sllc_chain_measures;

/* parameters: w*, a flat vector, copied. Of the options those are used that say something of one chain: nbeta,
 * num_draws, num_burnin_steps and num_steps_bw_draws (which moves are checked, when a preconditioner is frozen),
 * batch_size, seed, num_acceptance_checks, mask and lr_factors. number: which chain of the seed, from 0. */
sllc_status sllc_chain_create(int32_t precision, int64_t parameter_count, int64_t samples, const void *parameters,
                              const sllc_sampler_options *sampler, const sllc_run_options *options, int64_t number,
                              sllc_chain **chain);
void sllc_chain_free(sllc_chain *chain);
/* Back to w*, as another chain of the seed or the same one again. */
sllc_status sllc_chain_restart(sllc_chain *chain, int64_t number);
/* Each of the three sets the state, whose struct_size must be set before. A loss that is not finite is refused (the
 * chain has diverged) and so is a gradient; except on the way of a trajectory or in a check, where it
 * counts as a move that is rejected. After a refusal the chain is where it was. */
sllc_status sllc_chain_look(sllc_chain *chain, sllc_chain_state *state);
sllc_status sllc_chain_tell(sllc_chain *chain, double loss, sllc_chain_state *state);
sllc_status sllc_chain_leave(sllc_chain *chain, sllc_chain_state *state);
/* rows: batch_size row numbers, the same ones for each call at this step. They are drawn for measuring the loss of the
 * draw alone (SLLC_INDEPENDENT_BATCHES); all rows in their order with full batches. */
sllc_status sllc_chain_draw_batch(sllc_chain *chain, int64_t *rows);
sllc_status sllc_chain_measure(sllc_chain *chain, sllc_chain_measures *measures);

#ifdef __cplusplus
}
#endif

#endif
