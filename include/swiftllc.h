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
#include "swiftllc/model.h"
#include "swiftllc/run.h"
#include "swiftllc/chain.h"
#include "swiftllc/training.h"
#include "swiftllc/estimate.h"
#include "swiftllc/theory.h"

#endif
