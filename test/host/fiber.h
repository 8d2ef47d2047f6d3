/* Task contexts on the host: ucontext, told to AddressSanitizer. */
#pragma once

#include "kernel/machine.h"

/* Calls fn on the program's own stack, from whichever task; for halting. */
void fiber_call_on_main(void (*fn)(void)) noreturn;
