/* IP options of a received datagram (RFC 791 section 3.1). */
#pragma once

#include "net/core/drop.h"

/*
 * Judges `len` bytes of options: DROP_NONE, DROP_IP_BAD_OPTION for a
 * malformed one, DROP_IP_SOURCE_ROUTE. Unknown ones pass (RFC 1122 section
 * 3.2.1.8).
 */
enum drop_reason ip_options_check(const u8 *opt, u32 len);
