/* The DHCP client as a task: one for each device that has ip=dhcp. */
#pragma once

#include "app/dhcp.h"
#include "net/socket/socket.h"

#define DHCP_DEV_MAX 16

struct dhcp_config {
	const char *dev;
	const char *hostname; /* "" or NULL: none is sent; must stay */
	/* A lease begins or changes: its servers are known. May be NULL. */
	void (*learned)(void *arg, const struct dhcp_lease *lease);
	void *arg;
};

struct dhcp_task {
	struct net *net;
	struct socket *sock;
	struct dhcp_config config;
	struct dhcp_client client;
	struct dhcp_lease used; /* what the device has; addr 0: nothing */
	char dev[DHCP_DEV_MAX];
	u8 in[DHCP_MSG_MAX];
};

/* Creates the task; the device must be up. 0 or -errno. */
int dhcp_start(struct net *net, const struct dhcp_config *config) must_check;

/* For tests: a client that has begun, or NULL with *err set. */
struct dhcp_task *dhcp_create(struct net *net, const struct dhcp_config *config,
			      int *err);

/* Waits for what comes next, a datagram or a time, and deals with it. */
void dhcp_step(struct dhcp_task *task);
void dhcp_free(struct dhcp_task *task);
