/* What libbarenet's files share: a stack with its wire, and the machine. */
#pragma once

#include "host/barenet.h"
#include "lib/list.h"
#include "net/core/netdev.h"

struct bn_stack {
	struct list_head node; /* on the list of all */
	struct net *net;
	struct net_device dev;
	struct list_head sockets; /* struct bn_socket */
	bn_output_fn output;
	void *output_arg;
	int tap_fd; /* -1: none */
};

/* Calls visit for each stack, oldest first. */
void stacks_for_each(void (*visit)(struct bn_stack *stack, void *arg),
		     void *arg);
void stack_close_sockets(struct bn_stack *stack);

/* Every frame that its TAP has now, into the stack. tap.c */
void tap_receive(struct bn_stack *stack);
void tap_close(struct bn_stack *stack);

/* ---- machine.c ---- */

/* Time stands still at 0, random numbers come from seed. */
void machine_virtual(u64 seed);
bool machine_is_virtual(void);

/* What machine_timer_arm asked for; UINT64_MAX: nothing. */
u64 machine_armed_ns(void);

/* The timer interrupt, when its time has come. */
void machine_timer_check(void);

/* The virtual clock's time. */
void machine_set_ns(u64 now_ns);
