/*
 * Task stacks live in an address window of their own, one slot each: the
 * stack at the slot's top, and below it nothing, so that an overflow faults.
 */
#pragma once

#include "lib/types.h"

#define STACK_WINDOW (1ull << 46)
#define STACK_SLOT   (64ull * 1024)
#define STACK_SLOTS  4096
