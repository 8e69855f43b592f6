/* swiftllc: versions, statuses and handles. A part of swiftllc.h, which includes it. */
#ifndef SWIFTLLC_BASE_H
#define SWIFTLLC_BASE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLLC_ABI_VERSION 5

typedef int32_t sllc_status;
enum {
  SLLC_OK = 0,
  SLLC_INVALID_ARGUMENT = 1, /* a value that cannot be; the message names it */
  SLLC_OUT_OF_MEMORY = 2,    /* a buffer could not be allocated; the message gives its size */
  SLLC_SYSTEM_ERROR = 3      /* the system refused something else, such as a thread */
};

/* The version of this interface that the library was built with. Compare with SLLC_ABI_VERSION. */
int32_t sllc_abi_version(void);
/* The release, "major.minor.patch". */
const char *sllc_version(void);
/* What the library chose for this processor, as in "kernels x86-64-v4, OpenBLAS SkylakeX". */
const char *sllc_hardware(void);
/* The message of the last failure on this thread, valid until the next one; "" if there was none. */
const char *sllc_last_error(void);

/* Handles. (The build defines SLLC_HANDLES_AS_VOID to compare this header with the compiler's own.) */
#ifdef SLLC_HANDLES_AS_VOID
typedef void sllc_graph;
typedef void sllc_model;
typedef void sllc_dataset;
typedef void sllc_run;
typedef void sllc_chain;
#else
typedef struct sllc_graph sllc_graph;
typedef struct sllc_model sllc_model;
typedef struct sllc_dataset sllc_dataset;
typedef struct sllc_run sllc_run;
typedef struct sllc_chain sllc_chain;
#endif

#ifdef __cplusplus
}
#endif

#endif
