/* What stack.c and sockets.c share of the world of net/. */
#pragma once

#include "net/core/net.h"

struct net *stack_net(void);
