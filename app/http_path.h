/* Request targets (RFC 9112 section 3.2) to paths (RFC 3986). */
#pragma once

#include "app/http_parse.h"

#define HTTP_PATH_MAX 1024 /* no page or file has a longer path */

/*
 * The target's path, decoded, into path[HTTP_PATH_MAX]; *path_len is its
 * length, HTTP_PATH_MAX when it is longer. 0, or 400 for a form that the
 * method does not have, bad escapes, and what could name another thing to
 * another parser: an encoded slash or control character, a dot segment.
 * *path_len is 0 for "*".
 */
int http_path(enum http_method method, const u8 *target, u32 len, u8 *path,
	      u32 *path_len);
