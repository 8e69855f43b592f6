/* swiftllc: estimates from traces. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_ESTIMATE_H
#define SWIFTLLC_ESTIMATE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif
