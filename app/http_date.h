/* HTTP-date (RFC 9110 section 5.6.7). */
#pragma once

#include "lib/types.h"

#define HTTP_DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* IMF-fixdate, not terminated. seconds <= DATE_SECONDS_MAX. */
void http_date_write(u64 seconds, char out[HTTP_DATE_LEN]);

/* Any of the three formats that a recipient must accept; false: none. */
bool http_date_read(const u8 *text, u32 len, u64 *seconds);
