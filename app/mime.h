/* Media types by file name extension (RFC 9110 section 8.3.1). */
#pragma once

#include "lib/types.h"

/* A number for mime_type(); 0 when the extension is not known. */
u8 mime_of(const char *path, u32 len);

const char *mime_type(u8 number);
