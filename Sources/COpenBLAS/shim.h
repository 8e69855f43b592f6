// OpenBLAS is linked from its static archive: a private copy, whose thread count and kernels are
// ours to set, and whose symbols cannot meet those of the copy that numpy or torch brings.
#include <cblas.h>
