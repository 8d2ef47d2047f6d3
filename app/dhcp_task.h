/*
 * The DHCP client as a task: at most one for a device, which owns its address
 * until it is stopped.
 */
#pragma once

#include "app/dhcp.h"
#include "net/socket/ifconfig.h"
#include "net/socket/socket.h"

#define DHCP_DEV_MAX 16

/* All of a stack's. */
struct dhcp_clients {
	struct list_head tasks; /* struct dhcp_task */
	/* A lease begins or changes: its servers are known. May be NULL. */
	void (*learned)(void *arg, const struct dhcp_lease *lease);
	void *arg;
};

struct dhcp_task {
	struct list_head node; /* on net->dhcp->tasks */
	struct net *net;
	struct socket *sock;
	struct ifconfig_watch watch;
	bool link_up; /* the link is back: the client must be told */
	bool stop;    /* it ends itself, and touches the device no more */
	struct dhcp_client client;
	struct dhcp_lease used; /* what the device has; addr 0: nothing */
	char dev[DHCP_DEV_MAX];
	u8 in[DHCP_MSG_MAX];
};

/* Before any client; clients->learned and arg are set. It stays. */
void dhcp_init(struct net *net, struct dhcp_clients *clients);

/*
 * Creates the task; the device must be up, and loses the address that it has.
 * hostname "" or NULL: none is sent; it must stay. 0, -EBUSY (it has a
 * client, or one that was stopped and has not had its turn since), or -errno.
 */
int dhcp_start(struct net *net, const char *dev,
	       const char *hostname) must_check;

/* The device's address is somebody else's now. False: it had no client. */
bool dhcp_stop(struct net *net, const char *dev);

/* For tests: a client that has begun, or NULL with *err set. */
struct dhcp_task *dhcp_create(struct net *net, const char *dev,
			      const char *hostname, int *err);

/* Waits for what comes next, a datagram or a time, and deals with it. */
void dhcp_step(struct dhcp_task *task);
void dhcp_free(struct dhcp_task *task);
