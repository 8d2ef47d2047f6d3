/*
 * struct sock: what every kind of socket has, and struct proto, the table of
 * what each kind can do (net->protos[], filled in net/core/init.c). The
 * program's side of it is struct socket in net/socket/.
 *
 * Lock rule: a sock is touched in softirq, or in a task with bottom halves
 * off. The net/socket functions see to that.
 */
#pragma once

#include "kernel/wait.h"
#include "net/core/dst.h"
#include "net/core/net.h"
#include "net/core/skbuff.h"

#define AF_INET	    2
#define SOCK_STREAM 1
#define SOCK_DGRAM  2
#define SOCK_RAW    3

#define INADDR_ANY	 ((be32){0})
#define INADDR_BROADCAST ((be32){0xffffffff})

struct sockaddr_in {
	u16 family;
	be16 port;
	be32 addr;
};

struct iovec {
	void *base;
	size_t len;
};

/* Flags of send and recv: Linux's values. */
#define MSG_OOB	     0x1
#define MSG_PEEK     0x2
#define MSG_TRUNC    0x20
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL  0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE     0x8000
#define MSG_BCAST    0x200000 /* received: it was sent to a group */
/* The bytes are never written nor freed again: sent from where they lie. */
#define MSG_STATIC 0x10000000

struct msghdr {
	struct sockaddr_in *name; /* peer, or NULL */
	struct iovec *iov;
	u32 iovlen;
	u32 flags; /* in: MSG_x; out on receive: MSG_TRUNC, MSG_BCAST */
};

/* Readiness: Linux's epoll values. */
#define EPOLLIN	     0x001
#define EPOLLPRI     0x002
#define EPOLLOUT     0x004
#define EPOLLERR     0x008
#define EPOLLHUP     0x010
#define EPOLLRDHUP   0x2000
#define EPOLLFREE    0x4000 /* the socket closes: the watch must let go */
#define EPOLLET	     0x80000000u
#define EPOLLONESHOT 0x40000000u

#define SHUT_RD	      0
#define SHUT_WR	      1
#define SHUT_RDWR     2
#define RCV_SHUTDOWN  1
#define SEND_SHUTDOWN 2

/* Options: Linux's levels, names and values. */
#define SOL_SOCKET	1
#define SO_REUSEADDR	2
#define SO_TYPE		3
#define SO_ERROR	4
#define SO_BROADCAST	6
#define SO_SNDBUF	7
#define SO_RCVBUF	8
#define SO_KEEPALIVE	9
#define SO_OOBINLINE	10 /* always: urgent text is a mark in the stream */
#define SO_LINGER	13
#define SO_RCVTIMEO	20 /* value: u64 milliseconds, 0: for ever */
#define SO_SNDTIMEO	21
#define SO_BINDTODEVICE 25 /* value: a device's name; datagrams only */
#define SO_ACCEPTCONN	30
#define SO_PROTOCOL	38
#define SO_DOMAIN	39
#define SO_MEMINFO	55 /* value: u32 of enum sk_meminfo */

#define SOL_IP	       0
#define IP_TOS	       1
#define IP_TTL	       2
#define IPTOS_ECN_MASK 3

#define SOCK_BUF_DEFAULT 212992 /* Linux's rmem_default and rmem_max */

/* SO_MEMINFO's numbers, in Linux's order; what we do not have is 0. */
enum sk_meminfo {
	SK_MEMINFO_RMEM_ALLOC,
	SK_MEMINFO_RCVBUF,
	SK_MEMINFO_WMEM_ALLOC,
	SK_MEMINFO_SNDBUF,
	SK_MEMINFO_FWD_ALLOC,
	SK_MEMINFO_WMEM_QUEUED,
	SK_MEMINFO_OPTMEM,
	SK_MEMINFO_BACKLOG,
	SK_MEMINFO_DROPS,
	SK_MEMINFO_VARS
};

struct linger {
	int onoff;
	int seconds;
};

/*
 * Told of every readiness event of a sock: an epoll entry, for one. Softirq,
 * or task with bottom halves off. On EPOLLFREE it takes itself off the list.
 */
struct sock_watch {
	struct list_head node;
	void (*notify)(struct sock_watch *watch, u32 events);
};

struct sock {
	struct net *net;
	const struct proto *proto;
	u32 refcnt;
	u8 type, protocol;
	u8 state;    /* the protocol's */
	u8 shutdown; /* RCV_SHUTDOWN | SEND_SHUTDOWN */
	u8 tos;	     /* of the next packet; ECN's two bits are TCP's */
	be32 saddr, daddr;
	be16 sport, dport;
	int err;      /* reported once, positive errno */
	int err_soft; /* reported if it comes to nothing else */
	u32 rcvbuf, sndbuf;
	bool rcvbuf_locked, sndbuf_locked; /* the program's size stays */
	u32 rmem_alloc;			   /* truesize in the receive queues */
	u32 wmem_alloc; /* truesize (UDP: in flight) or bytes queued (TCP) */
	bool dead;	/* the program has closed it */
	bool reuseaddr, broadcast, keepalive, bound_port;
	u8 ttl;		  /* IP_TTL; 0: the default. Not for TCP */
	u32 bound_dev_if; /* SO_BINDTODEVICE: its ifindex, 0: any */
	struct linger linger;
	u64 rcvtimeo_ms, sndtimeo_ms; /* WAIT_FOREVER by default */
	struct sk_buff_head receive_queue;
	struct wait_queue wait;
	struct list_head watches;
	struct dst_entry dst;	 /* cached route to daddr */
	struct dst_input rx_dst; /* and from there: ip_input.c */
	struct socket *socket;
};

/* One socket kind. All: task context, bottom halves off. 0 or -errno. */
struct proto {
	const char *name;
	u8 type, protocol;
	struct sock *(*create)(struct net *net);
	/*
	 * The program lets go (sk->dead is set) and its reference is
	 * consumed: the protocol ends in its own time.
	 */
	void (*close)(struct sock *sk);
	int (*bind)(struct sock *sk, const struct sockaddr_in *addr);
	/* Starts; -EINPROGRESS when it will be told by EPOLLOUT. */
	int (*connect)(struct sock *sk, const struct sockaddr_in *addr);
	int (*listen)(struct sock *sk, int backlog);
	/* The next established child, or NULL: none waits. */
	struct sock *(*accept)(struct sock *sk);
	/*
	 * Bytes taken (perhaps fewer than offered), or -EAGAIN and others.
	 * -EAGAIN, here and below, leaves msg as it was: it is asked again.
	 */
	ssize_t (*sendmsg)(struct sock *sk, struct msghdr *msg);
	/* Bytes given, 0 at the end of the stream, or -EAGAIN and others. */
	ssize_t (*recvmsg)(struct sock *sk, struct msghdr *msg);
	int (*shutdown)(struct sock *sk, int how);
	u32 (*poll)(struct sock *sk); /* EPOLLx that hold now */
	int (*setsockopt)(struct sock *sk, int level, int name,
			  const void *value, u32 len);
	int (*getsockopt)(struct sock *sk, int level, int name, void *value,
			  u32 *len);
	/* Frees the memory of a sock whose last reference went, and its dst. */
	void (*destroy)(struct sock *sk);
};

/* Initialises the common part; refcnt 1, counted in net->sock_live. */
void sock_init(struct sock *sk, struct net *net, const struct proto *proto);

static inline void sock_hold(struct sock *sk)
{
	sk->refcnt++;
}

/* Purges the queues and calls proto->destroy. */
void sock_free(struct sock *sk);

/* The last one frees. */
static inline void sock_put(struct sock *sk)
{
	if (unlikely(--sk->refcnt == 0))
		sock_free(sk);
}

/* Wakes sleepers and tells the watches. */
void sock_wake(struct sock *sk, u32 events);

/* Reports and clears the pending error: 0 or -errno. */
int sock_error(struct sock *sk);

/* Sets err and wakes with EPOLLERR. */
void sock_set_error(struct sock *sk, int err);

/*
 * Charges skb to the receive buffer, queues it and wakes with EPOLLIN; false
 * when the buffer is full (skb stays with the caller).
 */
bool sock_queue_rcv(struct sock *sk, struct sk_buff *skb) must_check;

/* Takes a member of the receive queue out, its charge returned. */
static inline void sock_unlink(struct sock *sk, struct sk_buff *skb)
{
	skb_unlink(&sk->receive_queue, skb);
	sk->rmem_alloc -= skb->truesize;
}

/* The same with the first; NULL when empty. */
static inline struct sk_buff *sock_dequeue(struct sock *sk)
{
	struct sk_buff *skb = skb_peek(&sk->receive_queue);

	if (skb)
		sock_unlink(sk, skb);
	return skb;
}

/* The destructor of a charged skb: gives its charge and reference back. */
void sock_wfree(struct sk_buff *skb);

/* Charges an outgoing skb until it is freed (wmem_alloc, by destructor). */
static inline void skb_set_owner_w(struct sk_buff *skb, struct sock *sk)
{
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_wfree;
	sk->wmem_alloc += skb->truesize;
}

/* The destructor of a received skb that early demux has given to a socket. */
void sock_edemux(struct sk_buff *skb);

/* Hangs sk on a received skb, with a reference; no charge. */
static inline void skb_set_owner_edemux(struct sk_buff *skb, struct sock *sk)
{
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_edemux;
}

/* Takes it off again: the reference is the caller's. NULL: there was none. */
static inline struct sock *skb_steal_sock(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	skb->sk = NULL;
	skb->destructor = NULL;
	return sk;
}

/* Copies between an iovec list, from byte `skip`, and memory; bytes done. */
size_t iov_copy_to(const struct msghdr *msg, size_t skip, const void *from,
		   size_t len);
size_t iov_copy_from(const struct msghdr *msg, size_t skip, void *to,
		     size_t len);
size_t iov_length_of_many(const struct msghdr *msg);

static inline size_t iov_length(const struct msghdr *msg)
{
	return likely(msg->iovlen == 1) ? msg->iov->len
					: iov_length_of_many(msg);
}

/* skb bytes [offset, offset+len) into the iovec list from byte `skip`. */
size_t skb_copy_to_iov(const struct sk_buff *skb, u32 offset, u32 len,
		       const struct msghdr *msg, size_t skip);
