/* Polling from the idle loop, instead of waiting for an interrupt. */
#pragma once

#include "lib/types.h"

struct net;

/*
 * The idle loop's hook (tasks_run), arg a struct net: looks at the receive
 * rings of its devices, in memory only. True: call again before halting.
 */
bool net_busy_poll(void *arg);
