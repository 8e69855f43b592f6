/* The C interface in one page: the local learning coefficient of a linear model 4 -> 1, against its exact value.
 *
 *     make example-c
 *
 * The columns of the design are orthogonal, so the loss is |w - w*|^2: each of the four directions is a parabola
 * of curvature 2. SGLD of step lr then samples a normal distribution whose variance is known, and
 *
 *     llc = 4 * 1/2 * nbeta * 2 / h / (1 - lr h / 4),    h = nbeta * 2 + localization
 *
 * which is 2, the number of parameters over two, apart from the bias of a finite step: 2.105.
 */
#include "swiftllc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 8, INPUTS = 4, CHAINS = 4, DRAWS = 5000 };

/* Every status is looked at: a failure says which value was wrong, and what would be right. */
static void check(sllc_status status) {
  if (status == SLLC_OK) return;
  fprintf(stderr, "quadratic: %s (status %d)\n", sllc_last_error(), (int)status);
  exit(EXIT_FAILURE);
}

int main(void) {
  if (sllc_abi_version() != SLLC_ABI_VERSION) {
    fprintf(stderr, "quadratic: the library is not the one of this header\n");
    return EXIT_FAILURE;
  }
  printf("swiftllc %s, %s\n", sllc_version(), sllc_hardware());

  /* The graph: loss = (w x - y)^2. Shapes are those of one sample. */
  const int64_t input_shape[] = {INPUTS}, weight_shape[] = {1, INPUTS}, target_shape[] = {1};
  int64_t x, y, weight, prediction, loss;
  sllc_graph *graph = NULL;
  sllc_model *model = NULL;
  check(sllc_graph_create(SLLC_FLOAT64, &graph));
  check(sllc_graph_add_input(graph, SLLC_ELEMENT_FLOAT, input_shape, 1, &x));
  check(sllc_graph_add_input(graph, SLLC_ELEMENT_FLOAT, target_shape, 1, &y));
  check(sllc_graph_add_parameter(graph, "weight", weight_shape, 2, &weight));
  check(sllc_graph_add_linear(graph, x, weight, SLLC_NO_NODE, &prediction));
  check(sllc_graph_add_mean_squared_error(graph, prediction, y, &loss));
  check(sllc_model_compile(graph, loss, prediction, &model));
  sllc_graph_free(graph);

  /* The data: columns 2 to 5 of the 8 x 8 Hadamard matrix, and the targets of the true weights. */
  const double truth[INPUTS] = {1, -2, 0.5, 3};
  double inputs[SAMPLES][INPUTS], targets[SAMPLES] = {0};
  for (int row = 0; row < SAMPLES; row++) {
    for (int i = 0; i < INPUTS; i++) {
      int common_bits = row & (i + 1);
      int odd = (common_bits ^ common_bits >> 1 ^ common_bits >> 2) & 1;
      inputs[row][i] = odd ? -1 : 1;
      targets[row] += inputs[row][i] * truth[i];
    }
  }
  const void *arrays[] = {inputs, targets};
  sllc_dataset *dataset = NULL;
  check(sllc_dataset_create(model, SAMPLES, arrays, NULL, 2, &dataset));

  /* The run: chains that start at the true weights and write into our buffers. */
  static double losses[CHAINS][DRAWS], baselines[CHAINS][DRAWS];
  sllc_sampler_options sampler;
  sllc_sampler_options_init(&sampler, sizeof sampler, SLLC_SGLD);
  sampler.lr = 1e-3;
  sampler.localization = 0;
  sllc_run_options options;
  sllc_run_options_init(&options, sizeof options);
  options.nbeta = 100;
  options.num_chains = CHAINS;
  options.num_draws = DRAWS;
  options.batch_size = SAMPLES;
  sllc_trace trace = {.struct_size = sizeof trace, .chains = CHAINS, .draws = DRAWS};
  trace.losses = losses[0];
  trace.baselines = baselines[0];
  sllc_progress progress = {.struct_size = sizeof progress};
  sllc_run *run = NULL;
  check(sllc_run_start(model, dataset, truth, &sampler, &options, &trace, &run));
  do {
    check(sllc_run_wait(run, 50, &progress));
  } while (progress.state == SLLC_RUNNING);
  sllc_run_free(run);
  sllc_dataset_free(dataset);
  sllc_model_free(model);
  if (progress.state != SLLC_FINISHED) {
    fprintf(stderr, "quadratic: the run ended in state %d\n", (int)progress.state);
    return EXIT_FAILURE;
  }

  /* The estimate, and what it should be. */
  sllc_estimate estimate = {.struct_size = sizeof estimate};
  check(sllc_estimate_compute(losses[0], baselines[0], progress.init_loss, CHAINS, DRAWS, options.nbeta, NULL,
                              &estimate));
  double curvature = options.nbeta * 2, h = curvature + sampler.localization;
  double exact = INPUTS * 0.5 * curvature / h / (1 - sampler.lr * h / 4);
  printf("llc %.3f +- %.3f, exact %.3f\n", estimate.llc, estimate.standard_error, exact);
  /* Written so that a NaN fails too. */
  int close = fabs(estimate.llc - exact) <= 4 * estimate.standard_error;
  if (!close) fprintf(stderr, "quadratic: further than 4 standard errors from the exact value\n");
  return close ? EXIT_SUCCESS : EXIT_FAILURE;
}
