/*
 * From a whole head to a status, and to the page or the file that it is
 * about. The order: the built-in pages, the front page only when no site has
 * one; then the site.
 */
#include "app/http_conn.h"
#include "app/http_path.h"

static u32 method_status(const struct http_request *req, bool found)
{
	switch (req->method) {
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_OPTIONS:
		return found ? 200 : 404;
	case HTTP_CONNECT:
	case HTTP_TRACE:
		return 405;
	default:
		return found ? 405 : 404;
	}
}

/* The front page gives way to a site that has something there. */
static bool is_covered(const struct http_server *srv, const struct page *page)
{
	return page->path_len == 1 && srv->site &&
	       (srv->site->entries[0].other || srv->config.listing);
}

/* RFC 9110 section 14.2: ranges are for GET alone. */
static u32 route_file(struct http_conn *conn, const u8 *head)
{
	struct http_ask ask;

	http_ask_read(&ask, &conn->req, head);
	if (conn->req.method == HTTP_HEAD)
		ask.range.at = NULL;
	return http_pick_file(&conn->file, conn->srv->site, &ask);
}

static u32 route_site(struct http_conn *conn, const u8 *head, const u8 *path,
		      u32 len)
{
	const struct http_server *srv = conn->srv;
	bool get =
		conn->req.method == HTTP_GET || conn->req.method == HTTP_HEAD;
	/* CONNECT has no path. */
	u32 status =
		len ? http_pick_path(&conn->file, srv->site, path, len) : 404;

	if (!get || status == 404) {
		conn->file.entry = NULL;
		return method_status(&conn->req, status != 404);
	}
	if (status == 200 && !conn->file.entry->is_dir)
		return route_file(conn, head);
	if (status == 200 && !srv->config.listing)
		return 403;
	return status;
}

/* The target is not plainly the path of a page. */
static noinline u32 route_path(struct http_conn *conn, const u8 *head)
{
	const struct http_request *req = &conn->req;
	const struct http_server *srv = conn->srv;
	u8 path[HTTP_PATH_MAX];
	u32 len;
	int err = http_path(req->method, head + req->target, req->target_len,
			    path, &len);

	conn->page = NULL;
	conn->file.entry = NULL;
	if (err)
		return (u32)err;
	if (req->method == HTTP_OPTIONS && !len) /* "*" */
		return 200;
	conn->page = page_find(path, len);
	if (!srv->site || (conn->page && !is_covered(srv, conn->page)))
		return method_status(req, conn->page);
	conn->page = NULL;
	return route_site(conn, head, path, len);
}

u32 http_route(struct http_conn *conn, const u8 *head)
{
	const struct http_request *req = &conn->req;

	conn->page = page_find(head + req->target, req->target_len);
	if (!conn->page || is_covered(conn->srv, conn->page))
		return route_path(conn, head);
	return method_status(req, true);
}
