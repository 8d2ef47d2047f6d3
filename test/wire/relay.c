/*
 * A bad network between two ends: frames that come in at one go out at the
 * other, later, twice, in another order, damaged, or not at all. Nothing but
 * the seed and the arrivals decides.
 *
 *	relay END END [name=value]...
 *	END	tap:NAME, or dgram:OURS:THEIRS, a pair of UNIX sockets as
 *		QEMU's -netdev dgram has them
 *	names	seed delay_us loss dup reorder corrupt (ppm, each direction)
 *		reorder_us (how much later) rate (bytes/s) queue (bytes)
 *
 *	end 0 -> fate() -> heap by time -> end 1	and the other way round
 *
 * Ends on SIGTERM, with a line of what it did.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 2048
#define HELD_MAX  16384 /* frames on the way, both directions */

struct frame {
	uint64_t due_ns, serial;
	int to, len;
	unsigned char bytes[FRAME_MAX];
};

static struct {
	const char *name;
	uint64_t value;
} setting[] = {
	{"seed", 1}, {"delay_us", 0},	{"loss", 0},
	{"dup", 0},  {"reorder", 0},	{"corrupt", 0},
	{"rate", 0}, {"reorder_us", 0}, {"queue", 1 << 20},
};

enum { SEED, DELAY, LOSS, DUP, REORDER, CORRUPT, RATE, LATER, QUEUE, SETTINGS };

enum { TAKEN, LOST, TWICE, REORDERED, DAMAGED, REFUSED, COUNTERS };

static uint64_t count[COUNTERS];
static uint64_t random_state, serial;
static uint64_t wire_free_ns[2]; /* by destination: when a rate lets go on */
static struct frame *heap[HELD_MAX];
static int held;
static volatile sig_atomic_t ended;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* xorshift64* */
static uint64_t random_u64(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717u;
}

static bool happens(int what)
{
	return (random_u64() >> 33) % 1000000 < setting[what].value;
}

static bool sooner(const struct frame *a, const struct frame *b)
{
	return a->due_ns < b->due_ns ||
	       (a->due_ns == b->due_ns && a->serial < b->serial);
}

static void heap_push(struct frame *frame)
{
	int at = held++;

	for (; at && sooner(frame, heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = frame;
}

static struct frame *heap_pop(void)
{
	struct frame *first = heap[0], *last = heap[--held];
	int at = 0, child;

	while ((child = 2 * at + 1) < held) {
		if (child + 1 < held && sooner(heap[child + 1], heap[child]))
			child++;
		if (!sooner(heap[child], last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return first;
}

/* Onto the wire: after the frames before it, if there is a rate. */
static void hold(const unsigned char *bytes, int len, int to, uint64_t at_ns)
{
	uint64_t rate = setting[RATE].value, *free_ns = &wire_free_ns[to];
	struct frame *frame;

	if (rate) {
		if (*free_ns < at_ns)
			*free_ns = at_ns;
		if ((*free_ns - at_ns) / 1000 * rate / 1000000 >
		    setting[QUEUE].value) {
			count[REFUSED]++;
			return;
		}
		*free_ns += (uint64_t)len * 1000000000 / rate;
		at_ns = *free_ns;
	}
	frame = held < HELD_MAX ? malloc(sizeof(*frame)) : NULL;
	if (!frame) {
		count[REFUSED]++;
		return;
	}
	frame->due_ns = at_ns + setting[DELAY].value * 1000;
	if (happens(REORDER)) {
		frame->due_ns += setting[LATER].value * 1000;
		count[REORDERED]++;
	}
	frame->serial = serial++;
	frame->to = to;
	frame->len = len;
	memcpy(frame->bytes, bytes, (size_t)len);
	heap_push(frame);
}

static void fate(unsigned char *bytes, int len, int to)
{
	uint64_t now = now_ns();

	count[TAKEN]++;
	if (happens(LOSS)) {
		count[LOST]++;
		return;
	}
	if (happens(CORRUPT)) { /* one bit, behind the Ethernet header */
		uint64_t bit = random_u64() % ((uint64_t)(len - 14) * 8);

		bytes[14 + bit / 8] ^= (unsigned char)(1 << bit % 8);
		count[DAMAGED]++;
	}
	hold(bytes, len, to, now);
	if (happens(DUP)) {
		hold(bytes, len, to, now);
		count[TWICE]++;
	}
}

static int open_tap(const char *name)
{
	struct ifreq req = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req))
		die(name);
	return fd;
}

static int open_dgram(char *ours)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX}, to = at;
	char *theirs = strchr(ours, ':');
	int room = 16 << 20;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || !theirs)
		die("dgram:OURS:THEIRS");
	*theirs++ = 0;
	/* A queue of ours must not lose what the network should deliver. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", ours);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", theirs);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die(ours);
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)) && !ended)
		usleep(1000); /* until QEMU is there */
	return fd;
}

static int open_end(char *end)
{
	if (!strncmp(end, "tap:", 4))
		return open_tap(end + 4);
	if (!strncmp(end, "dgram:", 6))
		return open_dgram(end + 6);
	fprintf(stderr, "%s: neither tap: nor dgram:\n", end);
	exit(1);
}

static void set(const char *arg)
{
	const char *value = strchr(arg, '=');

	for (int i = 0; value && i < SETTINGS; i++)
		if (strlen(setting[i].name) == (size_t)(value - arg) &&
		    !memcmp(setting[i].name, arg, (size_t)(value - arg))) {
			setting[i].value = strtoull(value + 1, NULL, 10);
			return;
		}
	fprintf(stderr, "%s: no such setting\n", arg);
	exit(1);
}

/* An end that is full loses the frame, as a NIC without descriptors does. */
static void send_due(const struct pollfd end[2])
{
	while (held && heap[0]->due_ns <= now_ns()) {
		struct frame *frame = heap_pop();

		if (write(end[frame->to].fd, frame->bytes, (size_t)frame->len) <
		    0)
			count[REFUSED]++;
		free(frame);
	}
}

static void take_some(const struct pollfd end[2], int from)
{
	unsigned char bytes[FRAME_MAX];
	ssize_t len;

	for (int i = 0; i < 64; i++) {
		len = read(end[from].fd, bytes, sizeof(bytes));
		if (len <= 14)
			return;
		fate(bytes, (int)len, !from);
	}
}

static void run(struct pollfd end[2])
{
	while (!ended) {
		uint64_t now = now_ns();
		uint64_t wait = !held ? 100000000
				: heap[0]->due_ns <= now
					? 0
					: heap[0]->due_ns - now;
		struct timespec t = {.tv_sec = (time_t)(wait / 1000000000),
				     .tv_nsec = (long)(wait % 1000000000)};

		ppoll(end, 2, &t, NULL);
		for (int from = 0; from < 2; from++)
			if (end[from].revents)
				take_some(end, from);
		send_due(end);
	}
}

static void end_now(int number)
{
	(void)number;
	ended = 1;
}

int main(int argc, char **argv)
{
	struct pollfd end[2];

	if (argc < 3) {
		fprintf(stderr, "usage: relay END END [name=value]...\n");
		return 2;
	}
	signal(SIGTERM, end_now);
	for (int i = 3; i < argc; i++)
		set(argv[i]);
	random_state = setting[SEED].value * 2 + 1;
	for (int i = 0; i < 2; i++)
		end[i] = (struct pollfd){open_end(argv[1 + i]), POLLIN, 0};
	puts("ready");
	fflush(stdout);
	run(end);
	printf("taken %lu lost %lu dup %lu reordered %lu damaged %lu "
	       "refused %lu\n",
	       count[TAKEN], count[LOST], count[TWICE], count[REORDERED],
	       count[DAMAGED], count[REFUSED]);
	return 0;
}
