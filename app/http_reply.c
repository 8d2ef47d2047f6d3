/*
 * From a status and a page or file to the bytes of the answer. Constant pages
 * and files are sent by reference; others are written into memory that the
 * connection owns until it is sent.
 */
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "kernel/machine.h"
#include "app/http_conn.h"

#define TEXT_FIRST 4096 /* the size to try a text page with */

/* Pages for what kmalloc does not give. */
static u8 *try_hold(struct http_server *srv, u32 size)
{
	u8 *memory;

	if (size > srv->config.mem_max - MIN(srv->held, srv->config.mem_max))
		return NULL;
	memory = size <= KMALLOC_MAX ? kmalloc(size)
				     : machine_pages_alloc(page_order(size));
	if (memory)
		srv->held += size;
	return memory;
}

u8 *http_hold(struct http_conn *conn, u32 size)
{
	struct http_server *srv = conn->srv;
	u8 *memory = try_hold(srv, size);

	for (u32 i = 0; !memory && i < HTTP_BATCH; i++) {
		if (!http_shed_head(conn))
			return NULL;
		memory = try_hold(srv, size);
	}
	return memory;
}

void http_release(struct http_server *srv, u8 *memory, u32 size)
{
	srv->held -= size;
	if (size <= KMALLOC_MAX)
		kfree(memory);
	else
		machine_pages_free(memory, page_order(size));
}

void http_out_free(struct http_conn *conn)
{
	struct http_out *out = &conn->out;

	if (out->owned)
		http_release(conn->srv, out->owned, out->owned_size);
	*out = (struct http_out){0};
}

enum page_mode http_mode(const struct http_conn *conn)
{
	if (conn->closing)
		return MODE_CLOSE;
	return conn->req.minor ? MODE_KEEP : MODE_KEEP_10;
}

static void reply_stored(struct http_conn *conn, const struct page_text *text)
{
	bool head_only = conn->req.method == HTTP_HEAD;

	conn->out = (struct http_out){
		.at = text->data,
		.left = head_only ? text->head_len : text->len,
	};
}

/* The head is built in front of the body. */
void http_reply_owned(struct http_conn *conn, u8 *memory, u32 size,
		      const struct page_head *head)
{
	bool head_only = conn->req.method == HTTP_HEAD;
	u8 *body = memory + PAGE_HEAD_MAX;
	char text[PAGE_HEAD_MAX];
	u32 len = page_build_head(text, sizeof(text), head);

	memcpy(body - len, text, len);
	conn->out = (struct http_out){
		.at = body - len,
		.left = head_only ? len : len + head->length,
		.owned = memory,
		.owned_size = size,
	};
}

/* Constant: a server without memory can say it, too. */
void http_reply_status(struct http_conn *conn, u32 status)
{
	conn->closing |= status == 503;
	reply_stored(conn,
		     page_status(&conn->srv->pages, status, http_mode(conn)));
}

static size_t server_stat(struct http_server *srv, char *buf, size_t size)
{
	return (size_t)snprintf(
		buf, size,
		"http_connections %u\nhttp_held_bytes %u\n"
		"http_accepted %llu\nhttp_requests %llu\n"
		"http_refused %llu\nhttp_shed %llu\nhttp_timeouts %llu\n",
		srv->count, srv->held, (unsigned long long)srv->accepted,
		(unsigned long long)srv->requests,
		(unsigned long long)srv->refused, (unsigned long long)srv->shed,
		(unsigned long long)srv->timeouts);
}

static size_t page_write(struct http_conn *conn, u8 *body, size_t size)
{
	struct http_server *srv = conn->srv;
	size_t len = conn->page->text(srv->net, (char *)body, size);

	if (conn->page->kind == PAGE_STAT) {
		size_t at = MIN(len, size);

		len += server_stat(srv, (char *)body + at, size - at);
	}
	return len;
}

/*
 * A page that is written now. Its length is known once it has been written:
 * what did not fit is written again, with room for what came meanwhile.
 */
static void reply_text(struct http_conn *conn)
{
	struct page_head head = {.status = 200,
				 .type = conn->page->type,
				 .mode = http_mode(conn)};
	u32 size = TEXT_FIRST;
	u8 *memory;
	size_t len;

	for (;;) {
		memory = http_hold(conn, size);
		if (!memory)
			return http_reply_status(conn, 503);
		len = page_write(conn, memory + PAGE_HEAD_MAX,
				 size - PAGE_HEAD_MAX);
		if (len < size - PAGE_HEAD_MAX)
			break;
		http_release(conn->srv, memory, size);
		if (len > PAGE_BIG_LEN)
			return http_reply_status(conn, 503);
		size = (u32)ALIGN_UP(len + PAGE_HEAD_MAX + 1, PAGE_SIZE);
	}
	head.length = (u32)len;
	http_reply_owned(conn, memory, size, &head);
}

static void reply_big(struct http_conn *conn)
{
	struct page_store *store = &conn->srv->pages;
	const u8 *body = page_big(store);

	if (!body)
		return http_reply_status(conn, 503);
	reply_stored(conn, page_text(store, conn->page, http_mode(conn)));
	if (conn->req.method != HTTP_HEAD) {
		conn->out.next = body;
		conn->out.next_left = PAGE_BIG_LEN;
	}
}

/* The head is written now, the body lies in the site. */
static void reply_file(struct http_conn *conn)
{
	const struct http_pick *file = &conn->file;
	bool body = conn->status == 200 || conn->status == 206;
	u32 size = http_file_head_max(file);
	u8 *memory = http_hold(conn, size);

	if (!memory)
		return http_reply_status(conn, 503);
	conn->out = (struct http_out){
		.at = memory,
		.left = http_file_head(file, conn->status, http_mode(conn),
				       (char *)memory),
		.owned = memory,
		.owned_size = size,
	};
	if (body && conn->req.method != HTTP_HEAD) {
		conn->out.next = file->entry->data + file->first;
		conn->out.next_left = file->len;
	}
}

static void reply_listing(struct http_conn *conn)
{
	const struct site *site = conn->srv->site;
	const struct site_entry *dir = conn->file.entry;
	struct page_head head = {
		.status = 200,
		.type = "text/html; charset=utf-8",
		.length = (u32)http_list_dir(site, dir, NULL, 0),
		.mode = http_mode(conn),
	};
	u32 size = PAGE_HEAD_MAX + head.length;
	u8 *memory = http_hold(conn, size);

	if (!memory)
		return http_reply_status(conn, 503);
	(void)http_list_dir(site, dir, (char *)memory + PAGE_HEAD_MAX,
			    head.length);
	http_reply_owned(conn, memory, size, &head);
}

/* A failure behind the head, of its body or its time, is not. */
static bool is_about_file(const struct http_conn *conn)
{
	return !conn->page && conn->file.entry &&
	       (conn->status < 400 || conn->status == 416);
}

static void reply_site(struct http_conn *conn)
{
	if (conn->file.entry->is_dir && conn->status == 200)
		reply_listing(conn);
	else
		reply_file(conn);
}

void http_reply(struct http_conn *conn)
{
	conn->srv->requests++;
	if (is_about_file(conn))
		return reply_site(conn);
	if (conn->status != 200 || conn->req.method == HTTP_OPTIONS)
		return http_reply_status(conn, conn->status);
	switch (conn->page->kind) {
	case PAGE_SMALL:
		reply_stored(conn, page_text(&conn->srv->pages, conn->page,
					     http_mode(conn)));
		break;
	case PAGE_BIG:
		reply_big(conn);
		break;
	case PAGE_PARTS:
		http_reply_parts(conn);
		break;
	default:
		reply_text(conn);
		break;
	}
}
