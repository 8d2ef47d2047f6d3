/* IPv4 addresses as numbers in host order: what RFC 791 and 1122 allow. */
#pragma once

#include "lib/types.h"

/* By class (RFC 791 section 3.2), where no mask is given. */
u32 inet_class_mask(u32 addr);

/* Ones, then zeros; 0 is one too. */
bool inet_is_mask(u32 mask);

/*
 * RFC 1122 section 3.2.1.3: not "this network", loopback, multicast,
 * broadcast; RFC 3021: both ends of a /31 are hosts.
 */
bool inet_is_host(u32 addr, u32 mask);
