/*
 * The I/O of the DHCP client: a UDP socket bound to the device, which need
 * have no address, the address probe, and the device's configuration.
 */
#include "app/dhcp_task.h"
#include "kernel/log.h"
#include "kernel/slab.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/errno.h"

static void task_send(void *arg, const u8 *data, size_t len, be32 to)
{
	struct dhcp_task *task = arg;
	struct sockaddr_in server = {AF_INET, BE16(DHCP_SERVER_PORT), to};
	ssize_t n;

	if (!to.raw)
		server.addr = INADDR_BROADCAST;
	/* What cannot be sent now is sent again in its time. */
	n = sock_sendto(task->sock, data, len, MSG_DONTWAIT, &server);
	if (n < 0)
		pr_debug("%s: dhcp: cannot send (error %d)", task->dev,
			 (int)-n);
}

static bool same_address(const struct dhcp_lease *a, const struct dhcp_lease *b)
{
	return be32_eq(a->addr, b->addr) && be32_eq(a->mask, b->mask) &&
	       be32_eq(a->router, b->router);
}

static void say_bound(const struct dhcp_task *task,
		      const struct dhcp_lease *lease)
{
	char time[24] = "for ever";

	if (lease->end_ms != DHCP_NEVER)
		snprintf(time, sizeof(time), "%u s", lease->lease_s);
	pr_info("%s: address %pI4 netmask %pI4 gateway %pI4 lease %s, "
		"by DHCP from %pI4",
		task->dev, &lease->addr, &lease->mask, &lease->router, time,
		&lease->server);
	pr_info("net up: http://%pI4/", &lease->addr);
}

static void task_bound(void *arg, const struct dhcp_lease *lease)
{
	struct dhcp_task *task = arg;
	const struct ifconfig config = {lease->addr, lease->mask,
					lease->router};
	int err;

	if (same_address(lease, &task->used)) {
		pr_debug("%s: dhcp: lease renewed", task->dev);
	} else {
		err = ifconfig_set(task->net, task->dev, &config);
		if (err) {
			pr_err("%s: cannot use %pI4 (error %d)", task->dev,
			       &lease->addr, -err);
			return;
		}
		say_bound(task, lease);
	}
	task->used = *lease;
	if (task->net->dhcp->learned)
		task->net->dhcp->learned(task->net->dhcp->arg, lease);
}

static void task_lost(void *arg)
{
	struct dhcp_task *task = arg;

	pr_warn("%s: address %pI4 given up", task->dev, &task->used.addr);
	ifconfig_clear(task->net, task->dev);
	memset(&task->used, 0, sizeof(task->used));
}

static const struct dhcp_ops task_ops = {
	.send = task_send, .bound = task_bound, .lost = task_lost};

static int open_socket(struct dhcp_task *task)
{
	const struct sockaddr_in any = {AF_INET, BE16(DHCP_CLIENT_PORT),
					INADDR_ANY};
	int on = 1;
	int err = sock_create(task->net, AF_INET, SOCK_DGRAM, 0, &task->sock);

	if (!err)
		err = sock_setsockopt(task->sock, SOL_SOCKET, SO_BINDTODEVICE,
				      task->dev, (u32)strlen(task->dev));
	if (!err)
		err = sock_setsockopt(task->sock, SOL_SOCKET, SO_BROADCAST, &on,
				      sizeof(on));
	return err ? err : sock_bind(task->sock, &any);
}

static void task_link_up(struct ifconfig_watch *watch)
{
	struct dhcp_task *task = container_of(watch, struct dhcp_task, watch);

	task->link_up = true;
	sock_interrupt(task->sock, EINTR);
}

static int task_open(struct dhcp_task *task, const char *hostname)
{
	struct dhcp_client *c = &task->client;
	int err = ifconfig_hwaddr(task->net, task->dev, c->chaddr);

	c->ops = &task_ops;
	c->arg = task;
	c->hostname = hostname;
	if (!err)
		err = open_socket(task);
	task->watch.link_up = task_link_up;
	return err ? err : ifconfig_watch(&task->watch, task->net, task->dev);
}

static void task_close(struct dhcp_task *task)
{
	if (task->sock)
		sock_close(task->sock);
	kfree(task);
}

struct dhcp_task *dhcp_create(struct net *net, const char *dev,
			      const char *hostname, int *err)
{
	struct dhcp_task *task = kzalloc(sizeof(*task));

	*err = -ENOMEM;
	if (!task)
		return NULL;
	task->net = net;
	str_copy(task->dev, dev, sizeof(task->dev));
	*err = task_open(task, hostname);
	if (*err) {
		task_close(task);
		return NULL;
	}
	list_add_tail(&task->node, &net->dhcp->tasks);
	ifconfig_clear(net, dev); /* offers reach a device without address */
	dhcp_begin(&task->client, clock_ms());
	return task;
}

void dhcp_free(struct dhcp_task *task)
{
	ifconfig_unwatch(&task->watch);
	list_del(&task->node);
	task_close(task);
}

/* A datagram's length, -EAGAIN when the client is due, or an error. */
static ssize_t task_wait(struct dhcp_task *task)
{
	struct dhcp_client *c = &task->client;
	u64 now = clock_ms(), left = 0; /* 0: for ever */
	struct sockaddr_in from = {.family = 0};
	ssize_t n;

	if (c->due_ms <= now)
		return -EAGAIN;
	if (c->due_ms != DHCP_NEVER)
		left = c->due_ms - now;
	n = sock_setsockopt(task->sock, SOL_SOCKET, SO_RCVTIMEO, &left,
			    sizeof(left));
	if (!n)
		n = sock_recvfrom(task->sock, task->in, sizeof(task->in), 0,
				  &from);
	/* Of no interest, but not the end of the wait either. */
	if (n > 0 && ntohs(from.port) != DHCP_SERVER_PORT)
		return 0;
	return n;
}

/* What interrupted us may not have been taken by a wait: a send would fail. */
static void step_link_up(struct dhcp_task *task)
{
	int err = 0;
	u32 len = sizeof(err);

	task->link_up = false;
	(void)sock_getsockopt(task->sock, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err == EADDRINUSE)
		dhcp_conflict(&task->client, clock_ms());
	dhcp_link_up(&task->client, clock_ms());
}

static void step_probe(struct dhcp_task *task)
{
	struct dhcp_client *c = &task->client;
	int err = ifconfig_probe(task->net, task->dev, c->lease.addr);

	if (!task->stop && !task->link_up)
		dhcp_probed(c, clock_ms(), err);
}

static void step_wait(struct dhcp_task *task)
{
	struct dhcp_client *c = &task->client;
	ssize_t n = task_wait(task);

	if (task->stop)
		return;
	if (n == -EADDRINUSE)
		dhcp_conflict(c, clock_ms());
	if (task->link_up)
		return;
	if (n > 0)
		dhcp_receive(c, clock_ms(), task->in, (size_t)n);
	dhcp_timeout(c, clock_ms());
}

void dhcp_step(struct dhcp_task *task)
{
	struct dhcp_client *c = &task->client;

	if (task->link_up)
		step_link_up(task);
	if (c->state == DHCP_PROBING)
		step_probe(task);
	else
		step_wait(task);
}

static void dhcp_run(void *arg)
{
	struct dhcp_task *task = arg;

	while (!task->stop) {
		dhcp_step(task);
		/* Under a flood others have their turn. */
		task_yield();
	}
	dhcp_free(task);
}

static struct dhcp_task *dhcp_find(const struct net *net, const char *dev)
{
	struct dhcp_task *task;

	list_for_each_entry (task, &net->dhcp->tasks, node)
		if (!strcmp(task->dev, dev))
			return task;
	return NULL;
}

void dhcp_init(struct net *net, struct dhcp_clients *clients)
{
	list_init(&clients->tasks);
	net->dhcp = clients;
}

int dhcp_start(struct net *net, const char *dev, const char *hostname)
{
	int err;
	struct dhcp_task *task;

	if (!net->dhcp)
		return -EOPNOTSUPP;
	if (dhcp_find(net, dev))
		return -EBUSY;
	task = dhcp_create(net, dev, hostname, &err);
	if (!task)
		return err;
	pr_info("%s: asking for an address by DHCP", task->dev);
	if (task_create("dhcp", dhcp_run, task))
		return 0;
	dhcp_free(task);
	return -ENOMEM;
}

bool dhcp_stop(struct net *net, const char *dev)
{
	struct dhcp_task *task = net->dhcp ? dhcp_find(net, dev) : NULL;

	if (!task)
		return false;
	pr_info("%s: DHCP ends, the address is another's to set", dev);
	task->stop = true;
	sock_interrupt(task->sock, EINTR);
	return true;
}
