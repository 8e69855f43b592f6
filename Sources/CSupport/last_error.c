#include "CSupport.h"

#include <string.h>

static _Thread_local char message_buffer[1024];

void support_error_set(const char *message) {
  size_t length = strnlen(message, sizeof message_buffer - 1);
  // Cut before a character of UTF-8, never inside one: its later bytes are 10xxxxxx.
  if (message[length] != '\0') {
    while (length > 0 && (message[length] & 0xC0) == 0x80) length--;
  }
  memcpy(message_buffer, message, length);
  message_buffer[length] = '\0';
}

const char *support_error_get(void) { return message_buffer; }
