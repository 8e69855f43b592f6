/* swiftllc: exact learning coefficients. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_THEORY_H
#define SWIFTLLC_THEORY_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

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
