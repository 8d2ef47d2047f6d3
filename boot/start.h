/* Where the machine is up and barenet begins. */
#pragma once

#include "boot/boot_info.h"

struct net;

/*
 * Task "main", interrupts on: drivers, the network and the programs. NULL
 * when there is not even memory for a stack.
 */
struct net *barenet_start(const struct boot_info *info);
