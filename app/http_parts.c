/*
 * Answers whose length is not known when they begin: written and sent part by
 * part, as chunks (RFC 9112 section 7.1), or to an HTTP/1.0 client up to the
 * end of the connection. One that fits into the first part has a length like
 * any other.
 */
#include "lib/printf.h"
#include "lib/string.h"
#include "app/http_conn.h"

struct parts {
	struct proc_pos pos;
	bool chunked;
};

/* | head, or a chunk's size | text | the chunk's end | struct parts | */
#define PARTS_SIZE 16384
#define PARTS_TEXT                                                             \
	(PARTS_SIZE - PAGE_HEAD_MAX - CHUNK_END - sizeof(struct parts))
#define CHUNK_LINE sizeof("ffff\r\n")
#define CHUNK_END  2

static struct parts *parts_in(u8 *memory)
{
	return (struct parts *)(memory + PARTS_SIZE - sizeof(struct parts));
}

static u32 part_write(struct http_conn *conn, u8 *memory)
{
	return (u32)conn->page->part(conn->srv->net, &parts_in(memory)->pos,
				     (char *)memory + PAGE_HEAD_MAX,
				     PARTS_TEXT);
}

/* The head alone: the text begins once more behind it. */
static void reply_head(struct http_conn *conn, u8 *memory,
		       struct page_head *head)
{
	struct parts *parts = parts_in(memory);

	*parts = (struct parts){.chunked = conn->req.minor};
	conn->closing |= !parts->chunked;
	head->mode = http_mode(conn);
	head->coding = parts->chunked ? "Transfer-Encoding: chunked\r\n" : "";
	http_reply_owned(conn, memory, PARTS_SIZE, head);
	conn->out.parts = conn->req.method != HTTP_HEAD;
}

void http_reply_parts(struct http_conn *conn)
{
	struct page_head head = {.status = 200,
				 .type = conn->page->type,
				 .mode = http_mode(conn)};
	u8 *memory = http_hold(conn, PARTS_SIZE);
	u32 len;

	if (!memory)
		return http_reply_status(conn, 503);
	*parts_in(memory) = (struct parts){0};
	len = part_write(conn, memory);
	if (!parts_in(memory)->pos.end)
		return reply_head(conn, memory, &head);
	head.length = len;
	http_reply_owned(conn, memory, PARTS_SIZE, &head);
}

/* Of nothing it is the last one, with the end of the trailer. */
static void frame_chunk(struct http_out *out)
{
	u8 *text = out->owned + PAGE_HEAD_MAX;
	char line[CHUNK_LINE];
	u32 len = (u32)scnprintf(line, sizeof(line), "%x\r\n", (u32)out->left);

	memcpy(text - len, line, len);
	memcpy(text + out->left, "\r\n", CHUNK_END);
	out->at = text - len;
	out->left += len + CHUNK_END;
}

void http_next_part(struct http_conn *conn)
{
	struct http_out *out = &conn->out;

	out->at = out->owned + PAGE_HEAD_MAX;
	out->left = part_write(conn, out->owned);
	out->parts = out->left > 0;
	if (parts_in(out->owned)->chunked)
		frame_chunk(out);
}
