/*
 * One connection of the HTTP server, and what all share.
 *
 *	         first byte        head's end         body's end
 *	  IDLE ------------> HEAD ------------> BODY ------------.
 *	   ^ \_______________________ whole request ____________ v
 *	   |                                                    SEND
 *	   '------------- answer taken by the socket ------------'
 *	                  | to be closed with input unread
 *	                  v
 *	               LINGER --> gone
 *
 * An idle connection owns nothing but its struct: input is read into the
 * server's buffer, and only a head that was cut is kept.
 */
#pragma once

#include "kernel/slab.h"
#include "app/http.h"
#include "app/http_body.h"
#include "app/http_file.h"
#include "app/http_parse.h"
#include "app/page_store.h"
#include "net/socket/epoll.h"

#define HTTP_BATCH  64 /* events taken, or connections accepted, at once */
#define HTTP_ROUNDS 8  /* reads of one connection before the next one's turn */

enum http_state {
	CONN_IDLE,
	CONN_HEAD,
	CONN_BODY,
	CONN_SEND,
	CONN_LINGER,
	CONN_STATES,
	CONN_GONE
};

struct http_server {
	struct net *net;
	struct http_config config;
	struct epoll *ep;
	struct socket *listener;
	struct kmem_cache conn_cache;
	/* By state, the next deadline first: each state has one delay. */
	struct list_head conns[CONN_STATES];
	struct list_head busy;	/* BODY and SEND, the longest stalled first */
	struct list_head again; /* had more input than a turn's worth */
	struct list_head gone;	/* closed; an event of this batch may refer */
	u64 now_ms;
	u64 due_ms;	   /* no deadline is before it */
	u32 count, held;   /* connections; bytes for them */
	bool accept_again; /* the listener had more than a turn's worth */
	u64 accepted, requests, refused, shed, timeouts;
	struct page_store pages;
	struct site *site;	  /* NULL: none */
	u8 in[HTTP_HEAD_MAX + 1]; /* the parser wants a 0 at the end */
};

/*
 * What an answer has left: two pieces, and memory to free after them. The
 * second one is always sent by reference. The first, when it is not owned, is
 * a text of the page store. An answer in parts (http_parts.c) has one piece,
 * which is written anew each time it has been sent.
 */
struct http_out {
	const u8 *at, *next;
	u64 left, next_left;
	bool constant; /* the second one is at hand */
	bool parts;    /* another part follows */
	u8 *owned;
	u32 owned_size;
};

struct http_conn {
	struct list_head node; /* on srv->conns[state], or srv->gone */
	struct list_head again_node;
	struct list_head busy_node; /* on srv->busy, or alone */
	struct http_server *srv;
	struct socket *sock;
	u64 deadline_ms;
	u64 moved_ms; /* on srv->busy: when it last got on */
	u8 state;
	bool watched;  /* in the epoll */
	bool want_out; /* and told of room to send */
	bool hung_up;  /* the peer's end has been reported */
	bool closing;  /* after the answer */
	bool unread;   /* input may be left when it closes */
	u16 status;
	u32 moved; /* bytes of this state since its deadline was set */
	const struct page *page;
	struct http_pick file; /* when there is no page */
	struct http_request req;
	struct http_body body;
	struct http_out out;
	u8 *buf; /* a cut head, or requests behind a blocked answer */
	u32 buf_size, buf_len;
};

/* http_table.c: NULL without memory. */
struct http_conn *http_conn_new(struct http_server *srv, struct socket *sock);
/* Into a state, or once more, with its full time. */
void http_conn_set(struct http_conn *conn, enum http_state state);
/* So many bytes of a body have come, or of an answer gone. */
void http_conn_moved(struct http_conn *conn, u32 n);
void http_conn_close(struct http_conn *conn);
/* Resets: nothing of what is queued is sent. */
void http_conn_abort(struct http_conn *conn);
/* Its close will be a reset. */
void http_reset(struct socket *sock);
/* False: no connection can be given up for one more. */
bool http_make_room(struct http_server *srv);
/* Gives up the oldest cut head, not conn's; false: there is none. */
bool http_shed_head(struct http_conn *conn);
/* Deals with the deadlines that have passed. */
void http_expire(struct http_server *srv);
/* After a batch: the memory of the closed. */
void http_free_gone(struct http_server *srv);

/* http_conn.c: goes on until it would block, or its turn is over. */
void http_conn_run(struct http_conn *conn);
/* Its deadline has passed. */
void http_conn_expired(struct http_conn *conn);

/* http_route.c: what a whole head asks for: a status, and page or file. */
u32 http_route(struct http_conn *conn, const u8 *head);
/* http_reply.c. */
/* Fills conn->out by conn->status, page and req. */
void http_reply(struct http_conn *conn);
void http_reply_status(struct http_conn *conn, u32 status);
/* A head, and head->length bytes of a body at memory + PAGE_HEAD_MAX. */
void http_reply_owned(struct http_conn *conn, u8 *memory, u32 size,
		      const struct page_head *head);
enum page_mode http_mode(const struct http_conn *conn);
void http_out_free(struct http_conn *conn);

/* http_parts.c: an answer of a length that is not known yet. */
void http_reply_parts(struct http_conn *conn);
/* The next part, in place of the one that has been sent. */
void http_next_part(struct http_conn *conn);

/*
 * Memory for conn that counts against config.mem_max. The oldest cut heads of
 * others make room for it; NULL when that is not enough.
 */
u8 *http_hold(struct http_conn *conn, u32 size);
void http_release(struct http_server *srv, u8 *memory, u32 size);
