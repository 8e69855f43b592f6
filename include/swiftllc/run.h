/* swiftllc: runs of chains in threads. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_RUN_H
#define SWIFTLLC_RUN_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

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
  double stop_below_acceptance;  /* 0 ... 1: the run ends early too, after one of those parts, where a fifth of the draws or
                                    more are made and fewer of the moves that were checked would be accepted;
                                    default 0: never */
  int32_t with_replacement;      /* 1: the samples of a step's batch are drawn independently, as those of
                                    SLLC_INDEPENDENT_BATCHES are, and not epoch by epoch: noisier, but the noise of
                                    different steps is independent, and so is a draw of its step's batch;
                                    default 0 */
  const char *keep_path;         /* each chain keeps itself in a file of this name and its number, about every 20 s and
                                    where it ends; a run that finds the file of a chain goes on from there, with the same
                                    bits as one that never ended. NULL (default): none is kept */
  const char *keep_tag;          /* in the files too: a run is refused those with another. It should say all that decides the
                                    result. NULL (default): an empty one */
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
  double *stiffness;       /* d (grad U(w + d) - grad U(w)) of a move d, lr times the trace of A times the Hessian of U,
                              about; NaN with momenta or decisions */
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
  int32_t keep_error;        /* errno of the last time that a chain could not be kept; 0 if that was never */
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

#ifdef __cplusplus
}
#endif

#endif
