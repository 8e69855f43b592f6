#include "CSupport.h"

#include <string.h>

static _Thread_local char message_buffer[1024];

void support_error_set(const char *message) {
  strncpy(message_buffer, message, sizeof message_buffer - 1);
}

const char *support_error_get(void) { return message_buffer; }
