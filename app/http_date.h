/* HTTP-date (RFC 9110 section 5.6.7). */
#pragma once

#include "lib/date.h"

/* Any of the three formats that a recipient must accept; false: none. */
bool http_date_read(const u8 *text, u32 len, u64 *seconds);
