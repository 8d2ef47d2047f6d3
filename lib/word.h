/* Words that may lie at any address and alias anything: one plain access. */
#pragma once

#include "lib/types.h"

typedef u64 aligned(1) __attribute__((may_alias)) word64;
typedef u32 aligned(1) __attribute__((may_alias)) word32;
typedef u16 aligned(1) __attribute__((may_alias)) word16;
