/*
 * libbarenet: barenet's network stack in a process. The objects of net/ are
 * those that boot; frames go in and out by a callback or a TAP device, time
 * is the real one or moves when it is told to. docs/libbarenet.md has
 * examples.
 *
 * Numbers: addresses and ports are in host byte order. Functions return 0 or
 * more, or -errno. Names and values of options, flags, errors and poll events
 * are Linux's, so its headers serve for them. No call blocks but bn_wait.
 *
 * All stacks of a process share one clock. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BN_API __attribute__((visibility("default")))
#define BN_IP4(a, b, c, d)                                                     \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
	 (uint32_t)(d))
#define BN_NEVER UINT64_MAX

struct bn_stack;
struct bn_socket;

struct bn_addr {
	uint32_t ip;
	uint16_t port;
};

/* ---- time ---- */

/*
 * From now on the clock stands still but for bn_advance, begins at 0, and all
 * random numbers come from seed: one seed is one run. Only while no stack
 * exists (-EBUSY).
 */
BN_API int bn_virtual_clock(uint64_t seed);
BN_API uint64_t bn_now_ns(void);

/* When the next timer is due, BN_NEVER if none is: an early bound. */
BN_API uint64_t bn_next_ns(void);

/* Runs what is due now: timers, and frames that TAPs have. */
BN_API void bn_step(void);

/*
 * Virtual clock: `ns` pass, each timer fires at its time. -EINVAL with the
 * real one.
 */
BN_API int bn_advance(uint64_t ns);

/*
 * Real clock: sleeps until a TAP has a frame, a timer is due or timeout_ms
 * (BN_NEVER: none) is over, then does what bn_step does. -EINVAL with the
 * virtual one.
 */
BN_API int bn_wait(uint64_t timeout_ms);

/* ---- stacks ---- */

struct bn_config {
	uint32_t address, mask;
	uint32_t gateway; /* 0: none */
	uint32_t mtu;	  /* 0: 1500; 68 to 65535 */
	uint8_t mac[6];	  /* zeros: a random one */
};

/* One stack with one Ethernet interface, eth0, up. */
BN_API int bn_create(const struct bn_config *config, struct bn_stack **out);

/* Ends what is left of its sockets, and closes its TAP. */
BN_API void bn_destroy(struct bn_stack *stack);

/*
 * What leaves: Ethernet frames without FCS, checksums filled in. The
 * callback may hand them to bn_input of any stack, and nothing else of this
 * header. Without a callback or a TAP they vanish.
 */
typedef void (*bn_output_fn)(void *arg, const void *frame, size_t len);
BN_API void bn_on_output(struct bn_stack *stack, bn_output_fn fn, void *arg);

/*
 * A frame arrives; it is copied. 0, -EMSGSIZE for one longer than the MTU or
 * shorter than a header, -ENOMEM.
 */
BN_API int bn_input(struct bn_stack *stack, const void *frame, size_t len);

/* The TAP device of that name becomes the stack's wire. 0 or -errno. */
BN_API int bn_tap(struct bn_stack *stack, const char *name);

/* Its descriptor, for an event loop of the program's own; -1: no TAP. */
BN_API int bn_tap_fd(const struct bn_stack *stack);

/*
 * The stack's state as text: "drops", "stat", "net/snmp", "net/netstat",
 * "net/tcp", "net/udp", "net/arp", "net/route", "net/dev". As snprintf: at
 * most `size` bytes, the whole length is returned. -ENOENT.
 */
BN_API long bn_text(struct bn_stack *stack, const char *what, char *buf,
		    size_t size);

/* ---- sockets: as in POSIX, always nonblocking ---- */

enum bn_type { BN_TCP = 1, BN_UDP = 2 };

BN_API int bn_socket(struct bn_stack *stack, enum bn_type type,
		     struct bn_socket **out);
BN_API int bn_bind(struct bn_socket *sock, struct bn_addr addr);
BN_API int bn_listen(struct bn_socket *sock, int backlog);

/* -EAGAIN: nobody is there. `peer` may be NULL. */
BN_API int bn_accept(struct bn_socket *sock, struct bn_socket **out,
		     struct bn_addr *peer);

/* -EINPROGRESS: EPOLLOUT or EPOLLERR will tell. */
BN_API int bn_connect(struct bn_socket *sock, struct bn_addr addr);

/* Bytes taken or given; -EAGAIN: not now. `flags` are Linux's MSG_x. */
BN_API long bn_send(struct bn_socket *sock, const void *buf, size_t len,
		    unsigned flags);
BN_API long bn_recv(struct bn_socket *sock, void *buf, size_t len,
		    unsigned flags);
BN_API long bn_sendto(struct bn_socket *sock, const void *buf, size_t len,
		      struct bn_addr to);
BN_API long bn_recvfrom(struct bn_socket *sock, void *buf, size_t len,
			struct bn_addr *from);

/* The EPOLLx that hold now. */
BN_API unsigned bn_poll(struct bn_socket *sock);
BN_API int bn_shutdown(struct bn_socket *sock, int how);
BN_API void bn_close(struct bn_socket *sock);
BN_API int bn_setsockopt(struct bn_socket *sock, int level, int name,
			 const void *value, uint32_t len);
BN_API int bn_getsockopt(struct bn_socket *sock, int level, int name,
			 void *value, uint32_t *len);

/* Either may be NULL. */
BN_API int bn_getname(struct bn_socket *sock, struct bn_addr *local,
		      struct bn_addr *peer);
