/* swiftllc: local learning coefficients by Langevin sampling. The C interface.
 *
 * A graph of operations is compiled to a model; a model and borrowed arrays of samples make a
 * data set; a run draws localised, tempered posterior samples of the model's loss in native threads and
 * writes loss traces into the caller's memory; an estimate is computed from those traces:
 *
 *     llc = nbeta (mean loss over the draws - loss at the centre)
 *
 * Conventions
 * - Every function that can fail returns a status; sllc_last_error() then says, for the calling thread,
 *   which value was wrong and what would be right. Nothing aborts, prints or exits.
 * - The caller owns every buffer. Arrays are C-contiguous; matrices are row-major. Inputs are never written.
 * - Handles are made by _create, _compile or _start and ended by _free; _free(NULL) does nothing.
 * - Structs begin with their own size, and are only ever appended to. Of options, call the matching
 *   _options_init(&options, sizeof options), which fills in every default, then change what you need.
 * - Models, data sets and runs may be used from several threads at once, a graph or a chain from one. A handle may be
 *   freed while a run that was started from it goes on; the arrays that it borrows may not.
 */
#ifndef SWIFTLLC_H
#define SWIFTLLC_H

#include "swiftllc/base.h"
#include "swiftllc/graph.h"

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

/* Run: chains in threads ------------------------------------------------------------------------
 *
 * The chains sample p(w) ~ exp(-U(w)), U(w) = nbeta L(w) + (localization/2) |w - w*|^2 + (weight_decay/2) |w|^2, with L
 * the MEAN loss (over a minibatch, or all samples) and w* the parameters given. z ~ N(0, I), and A is the
 * preconditioner (1 where NULL). */

enum {
  /* w <- w - (lr/2) A grad U + sqrt(lr A) noise_level z */
  SLLC_SGLD = 0,
  /* The same with A = 1 / (sqrt(v) + epsilon), v a running mean of squared loss gradients. */
  SLLC_RMSPROP_SGLD = 1,
  /* The same, with a running mean of the loss gradient in the drift. */
  SLLC_ADAM_SGLD = 2,
  /* v <- (1 - friction) v - lr grad U + sqrt(2 (friction - noise_estimate) lr) noise_level z,  w <- w + v */
  SLLC_SGHMC = 3,
  /* p <- (1 - xi) p - lr grad U + sqrt(2 friction lr) noise_level z,  w <- w + p,
   * xi <- xi + |p|^2/d - lr noise_level^2 */
  SLLC_SGNHT = 4,
  /* BAOAB, lr being the step in time: p <- p - lr sqrt(A) grad U,  w <- w + (lr/2) sqrt(A) p,
   * p <- exp(-friction lr) p + sqrt(1 - exp(-2 friction lr)) noise_level z,  w <- w + (lr/2) sqrt(A) p */
  SLLC_UNDERDAMPED_LANGEVIN = 5,
  /* SGLD's move on the full data, accepted or rejected by Metropolis and Hastings: exact. */
  SLLC_MALA = 6,
  /* Hamiltonian trajectories of leapfrog_steps steps of lr in time on the full data, accepted or rejected: exact. */
  SLLC_HMC = 7
};

enum {
  SLLC_ISOTROPIC = 0,     /* (localization/2) |w - w*|^2 */
  SLLC_PRECONDITIONER = 1 /* (localization/2) (w - w*)^T A^-1 (w - w*): unchanged by rescaling symmetries */
};

enum {
  SLLC_MOMENTS_CORRECTED = 0,  /* v begins at 1, and is divided by 1 - decay^t after t steps */
  SLLC_MOMENTS_UNCORRECTED = 1 /* v begins at 0, and is not */
};

/* What a kind does not have is NaN (a number) or 0 (an integer) in its options, and has to stay that. */
typedef struct sllc_sampler_options {
  int64_t struct_size;
  int32_t kind;                 /* SLLC_SGLD ... SLLC_HMC */
  int32_t localization_metric;  /* SLLC_ISOTROPIC (default) or SLLC_PRECONDITIONER */
  double lr;                    /* > 0; default NaN: it must be given */
  double localization;          /* >= 0; default 1 */
  double weight_decay;          /* >= 0; default 0 */
  double bounding_box;          /* > 0: every |w - w*| stays within it, by reflection; default infinity: none */
  const void *preconditioner;   /* flat vector > 0 of the model's precision, read at the start, or NULL (default); not
                                   with RMSPROP, ADAM, SGHMC and SGNHT */
  double noise_level;           /* >= 0; default 1; not with MALA and HMC */
  double friction;              /* SGHMC and SGNHT: > 0, default 0.1; UNDERDAMPED_LANGEVIN: > 0, must be given */
  double noise_estimate;        /* SGHMC: 0 ... friction, default 0 */
  double first_moment_decay;    /* ADAM: in [0, 1), default 0.9 */
  double second_moment_decay;   /* RMSPROP, ADAM: in [0, 1), default 0.99 and 0.999 */
  double epsilon;               /* RMSPROP, ADAM: > 0, default 0.1 and 1e-8 */
  int32_t moments;              /* RMSPROP: SLLC_MOMENTS_CORRECTED (default) or SLLC_MOMENTS_UNCORRECTED */
  int32_t freeze_after_burnin;  /* RMSPROP, ADAM: A stays what it is when the burn-in ends; default 1 */
  int64_t leapfrog_steps;       /* HMC: > 0; default 10 */
} sllc_sampler_options;

/* On which minibatch the loss of a draw is measured, and the loss at the centre that it is compared with. Within an
 * epoch the batch of a step is made of samples that have not moved the chain yet, so that where the samples' gradients
 * at the centre differ, the loss on it is too high. */
enum {
  SLLC_INDEPENDENT_BATCHES = 0, /* one of its own, at the price of a forward pass: unbiased */
  SLLC_STEP_BATCHES = 1         /* that of the step, for nothing */
};

typedef struct sllc_run_options {
  int64_t struct_size;
  double nbeta;                  /* > 0; default NaN: samples / log(samples) */
  int64_t num_chains;            /* default 4 */
  int64_t num_draws;             /* recorded per chain; default 500 */
  int64_t num_burnin_steps;      /* before the first recorded draw; default 200 */
  int64_t num_steps_bw_draws;    /* record every so many steps; default 1 */
  int64_t batch_size;            /* 1 ... samples; default 0: the smaller of samples and 256 */
  uint64_t seed;                 /* default 0 */
  int64_t threads;               /* default 0: as many as there are processors; at most 64 start. More than chains only where
                                    batch_size times parameters is at least 2^21: they share the chains' work then */
  int64_t num_acceptance_checks; /* moves per chain that are checked, for two gradients each; default 100 */
  int32_t draw_batches;          /* SLLC_INDEPENDENT_BATCHES (default) or SLLC_STEP_BATCHES; all one with full batches */
  int64_t microbatch_size;       /* samples of a batch that are computed at once, at most 1024: the fewer, the less memory,
                                    with the same result up to rounding; default 0: as many as fit 64 MiB, which each
                                    thread takes; with convolutions 8 MiB, but at least 8 */
  const uint8_t *mask;           /* of each parameter, whether it moves (not 0); NULL (default): all do */
  const double *lr_factors;      /* by which lr is multiplied, step by step, the last one from then on; or NULL */
  int64_t lr_factor_count;
  double stop_at_relative_error; /* >= 0: the run ends early, after one of num_stop_checks equal parts of the draws, where
                                    the standard error of llc is below this share of it, the effective sample size at
                                    least 100, and the trace climbs no more; all without the burn-in that the
                                    trace shows. Costs the vectors of every chain at once. Default 0: never */
  int64_t num_stop_checks;       /* default 20 */
  int64_t num_draws_before_stop; /* and not before so many draws; default 0 */
  int32_t with_replacement;      /* 1: the samples of a step's batch are drawn independently, as those of
                                    SLLC_INDEPENDENT_BATCHES are, and not epoch by epoch: noisier, but the noise of
                                    different steps is independent, and so is a draw of its step's batch;
                                    default 0 */
} sllc_run_options;

/* The caller's buffers; all but losses and baselines may be NULL. Draws that a run did not reach are NaN.
 * A draw is recorded BEFORE the step that leaves it: with no burn-in, draw 0 is the centre itself. */
typedef struct sllc_trace {
  int64_t struct_size;
  int64_t chains;          /* the extents of the buffers, which must be those of the options */
  int64_t draws;
  double *losses;          /* (chains, draws): mean loss of the draw on a minibatch (draw_batches) */
  double *baselines;       /* (chains, draws): mean loss at the centre on the same minibatch */
  int64_t *draws_done;     /* (chains) */
  int64_t *diverged_steps; /* (chains): the step at which the loss stopped being finite, or -1 */
  double *distances;       /* (chains, draws): |w - w*| */
  /* (chains): means over the moves that were checked; NaN where there is no such thing. */
  double *acceptance;      /* with which probability a move would be accepted as a Metropolis proposal, or was: this one
                              over all moves of MALA and HMC */
  double *drift_norms;     /* size of what the gradient adds to a move, in the metric of the preconditioner */
  double *noise_norms;     /* root mean square size of what the noise adds */
  double *temperatures;    /* mean square of the momenta over what it should be */
  double *gradient_noise;  /* trace of A times the covariance of grad U over minibatches */
} sllc_trace;

enum { SLLC_RUNNING = 0, SLLC_FINISHED = 1, SLLC_CANCELLED = 2, SLLC_DIVERGED = 3 };

typedef struct sllc_progress {
  int64_t struct_size;
  int64_t steps_done;   /* over all chains, out of */
  int64_t steps_total;
  int32_t state;        /* SLLC_RUNNING until every thread has ended */
  double nbeta;         /* in force */
  int64_t batch_size;   /* in force */
  int64_t threads;      /* in force */
  double init_loss;     /* mean loss at the centre over init_loss_samples; NaN until known */
  double gradient_norm; /* Euclidean norm of its gradient there, over all samples, or over 16 minibatches if
                           those are fewer; NaN until known, and in training */
  int64_t microbatch_size; /* in force */
  int64_t init_loss_samples; /* all; where there are more than 65536, and more than the draws look at, those of 64
                                minibatches. 0 in training */
} sllc_progress;

/* The defaults of a kind, SLLC_SGLD ... SLLC_HMC. */
void sllc_sampler_options_init(sllc_sampler_options *options, int64_t struct_size, int32_t kind);
void sllc_run_options_init(sllc_run_options *options, int64_t struct_size);

/* Starts the threads and returns. parameters: w*, a flat vector, borrowed: it is read, and must stay what it is, until
 * the run has ended. The buffers of `trace` are written until then. */
sllc_status sllc_run_start(sllc_model *model, sllc_dataset *dataset, const void *parameters,
                           const sllc_sampler_options *sampler, const sllc_run_options *options,
                           const sllc_trace *trace, sllc_run **run);
/* Waits until the run has ended, but no longer than so many milliseconds (0: only look); set
 * progress->struct_size before. */
sllc_status sllc_run_wait(sllc_run *run, int64_t milliseconds, sllc_progress *progress);
/* Asks the run to end after the steps under way; what was recorded stays. */
sllc_status sllc_run_cancel(sllc_run *run);
/* Cancels, waits for the threads, and frees. */
void sllc_run_free(sllc_run *run);

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

/* Estimate: from traces ------------------------------------------------------------------------- */

typedef struct sllc_estimate {
  int64_t struct_size;
  double llc;                   /* mean over chains */
  double standard_error;        /* Monte Carlo standard error of llc, from an effective sample size that is
                                   at most the one below, and smaller for a trace that oscillates */
  double llc_std;               /* standard deviation between chains (n - 1); NaN with one chain */
  double effective_sample_size; /* of the trace, over all chains */
  double split_rhat;            /* split R-hat of the trace; NaN where undefined */
  double below_baseline;        /* share of draws whose loss is below their baseline */
  double rank_rhat;             /* rank-normalised split R-hat, the larger of bulk and tails; NaN where undefined */
  double bulk_ess;              /* effective sample size of the rank-normalised trace */
  double tail_ess;              /* the smaller of those for the 5 % and the 95 % quantile */
  double autocorrelation_time;  /* draws per effective draw; 1 if they are independent */
  double tail_rise;             /* of llc over the second half of the draws; NaN for fewer than 20 a chain */
  double tail_rise_stderr;
  double monte_carlo_error;     /* standard_error by effective_sample_size itself */
} sllc_estimate;

/* losses: (chains, draws). baselines: the same shape, or NULL to use init_loss throughout.
 * llc_per_chain: one double per chain, or NULL. */
sllc_status sllc_estimate_compute(const double *losses, const double *baselines, double init_loss, int64_t chains,
                                  int64_t draws, double nbeta, double *llc_per_chain, sllc_estimate *estimate);
/* How many of the first draws to discard (MSER-5, White 1997): a multiple of 5, at most half of them; 0 for fewer
 * than 10 draws, or where one is not finite. losses, baselines: as above, or baselines NULL. */
sllc_status sllc_burnin_choose(const double *losses, const double *baselines, int64_t chains, int64_t draws,
                               int64_t *burnin);

/* Theory: exact learning coefficients ------------------------------------------------------------ */

typedef struct sllc_learning_coefficient {
  int64_t numerator; /* of lambda, in lowest terms */
  int64_t denominator;
  int64_t multiplicity;
} sllc_learning_coefficient;

/* Deep linear network of widths H_0 ... H_L and true rank r, at the deepest point (Aoyagi 2024). */
sllc_status sllc_theory_deep_linear(const int64_t *widths, int64_t width_count, int64_t rank,
                                    sllc_learning_coefficient *coefficient);
/* The lower bound max(lambda, rank J / 2) at given weights W_1 ... W_L whose product has rank r, from the ranks
 * of the partial products, for the layers i = 1 ... L in turn: rank_above[i - 1] = rank(W_L ... W_{i+1}), which
 * is H_L for the last layer, and rank_below[i - 1] = rank(W_{i-1} ... W_1), which is H_0 for the first. Both
 * have width_count - 1 entries. The multiplicity is set to 0: not known. */
sllc_status sllc_theory_deep_linear_local_bound(const int64_t *widths, int64_t width_count, int64_t rank,
                                                const int64_t *rank_above, const int64_t *rank_below,
                                                sllc_learning_coefficient *coefficient);
/* Reduced rank regression: inputs M, hidden H, outputs N, true rank r (Aoyagi & Watanabe 2005). */
sllc_status sllc_theory_reduced_rank(int64_t inputs, int64_t hidden, int64_t outputs, int64_t rank,
                                     sllc_learning_coefficient *coefficient);
/* The potential prod w_j^(2 k_j) under the prior prod |w_j|^h_j; prior_powers NULL: all 0. */
sllc_status sllc_theory_monomial(const int64_t *powers, const int64_t *prior_powers, int64_t count,
                                 sllc_learning_coefficient *coefficient);
/* Sums and products of potentials that share no variable. */
sllc_status sllc_theory_sum(const sllc_learning_coefficient *terms, int64_t count,
                            sllc_learning_coefficient *coefficient);
sllc_status sllc_theory_product(const sllc_learning_coefficient *factors, int64_t count,
                                sllc_learning_coefficient *coefficient);

#ifdef __cplusplus
}
#endif
#endif
