/* net/core/dev.c: devices; and the transmit watchdog of xmit.c. */
#include "test/host/fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "test/host/machine_sim.h"

static void name_pattern_takes_the_lowest_free_number(void **state)
{
	struct fixture *f = *state;
	struct net_device a, b;

	fixture_add_dev(f, &a, "eth%d");
	fixture_add_dev(f, &b, "eth%d");
	assert_string_equal(a.name, "eth1");
	assert_string_equal(b.name, "eth2");
	assert_ptr_equal(dev_get_by_name(f->net, "eth1"), &a);
	local_bh_disable();
	unregister_netdev(&a);
	local_bh_enable();
	assert_null(dev_get_by_name(f->net, "eth1"));
	fixture_add_dev(f, &a, "eth%d");
	assert_string_equal(a.name, "eth1");
	assert_true(a.ifindex > b.ifindex);
	local_bh_disable();
	unregister_netdev(&a);
	unregister_netdev(&b);
	local_bh_enable();
}

static void bad_names_are_refused(void **state)
{
	struct fixture *f = *state;
	struct net_device dev = {.name = "eth0"};

	assert_int_equal(register_netdev(f->net, &dev), -EEXIST);
	memcpy(dev.name, "e%d%d", 6);
	assert_int_equal(register_netdev(f->net, &dev), -EINVAL);
	dev.name[0] = '\0';
	assert_int_equal(register_netdev(f->net, &dev), -EEXIST);
}

static int refuse_open(struct net_device *dev)
{
	return -EIO;
}

static void failed_open_leaves_it_down(void **state)
{
	static const struct net_device_ops ops = {.ndo_open = refuse_open};
	struct fixture *f = *state;
	struct net_device dev = {.name = "bad0", .ops = &ops};

	assert_int_equal(register_netdev(f->net, &dev), 0);
	assert_int_equal(dev_open(&dev), -EIO);
	assert_int_equal(dev.flags & IFF_UP, 0);
	local_bh_disable();
	unregister_netdev(&dev);
	local_bh_enable();
}

struct listener {
	struct netdev_notifier nb;
	enum netdev_event events[8];
	u32 count;
};

static void listen(struct netdev_notifier *nb, struct net_device *dev,
		   enum netdev_event event)
{
	struct listener *l = container_of(nb, struct listener, nb);

	l->events[l->count++] = event;
}

static void changes_are_told_and_outdate_routes(void **state)
{
	struct fixture *f = *state;
	struct listener l = {.nb.call = listen};
	struct net_device dev;
	u32 gen;

	local_bh_disable();
	register_netdev_notifier(f->net, &l.nb);
	gen = f->net->route_gen;
	fixture_add_dev(f, &dev, "eth%d");
	netif_carrier_off(&dev);
	netif_carrier_off(&dev);
	netif_carrier_on(&dev);
	unregister_netdev(&dev);
	local_bh_enable();
	assert_int_equal(l.count, 5);
	assert_int_equal(l.events[0], NETDEV_UP);
	assert_int_equal(l.events[1], NETDEV_CHANGE);
	assert_int_equal(l.events[2], NETDEV_CHANGE);
	assert_int_equal(l.events[3], NETDEV_DOWN);
	assert_int_equal(l.events[4], NETDEV_UNREGISTER);
	assert_true(f->net->route_gen - gen >= 5);
	unregister_netdev_notifier(&l.nb);
}

static void close_frees_what_waits(void **state)
{
	struct fixture *f = *state;

	f->room = 0;
	fixture_xmit(fixture_frame(f, 60, 1));
	local_bh_disable();
	dev_close(&f->dev);
	local_bh_enable();
	fixture_drop(f, DROP_NETDEV_SHUTDOWN);
	assert_false(f->dev.tx_stopped);
	assert_int_equal(f->net->skb_live, 0);
}

static void hung_transmitter_is_reported(void **state)
{
	struct fixture *f = *state;

	f->room = 1;
	fixture_xmit(fixture_frame(f, 60, 1));
	fixture_run_ms(f, f->dev.watchdog_ms - 10);
	assert_int_equal(f->timeouts, 0);
	fixture_run_ms(f, 20);
	assert_int_equal(f->timeouts, 1);
	fixture_run_ms(f, f->dev.watchdog_ms);
	assert_int_equal(f->timeouts, 2);
	assert_int_equal(f->dev.tx_timeouts, 2);
}

static void queue_that_moves_is_not_hung(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++) {
		f->room = 1;
		fixture_xmit(fixture_frame(f, 60, 1));
		fixture_run_ms(f, f->dev.watchdog_ms - 100);
		fixture_wake(f, 1);
	}
	fixture_run_ms(f, f->dev.watchdog_ms * 3);
	assert_int_equal(f->timeouts, 0);
}

static void idle_device_has_no_timer(void **state)
{
	struct fixture *f = *state;

	fixture_xmit(fixture_frame(f, 60, 1));
	assert_false(timer_pending(&f->dev.watchdog));
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(name_pattern_takes_the_lowest_free_number),
		T(bad_names_are_refused),
		T(failed_open_leaves_it_down),
		T(changes_are_told_and_outdate_routes),
		T(close_frees_what_waits),
		T(hung_transmitter_is_reported),
		T(queue_that_moves_is_not_hung),
		T(idle_device_has_no_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
