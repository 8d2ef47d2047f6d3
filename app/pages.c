/* The table of pages, and response heads. */
#include "kernel/wallclock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "app/pages.h"

#define FRONT_LEN 612
#define BIG_LINE  16

static const char front_page[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	"<meta charset=\"utf-8\">\n<title>barenet</title>\n<style>\n"
	"body{max-width:40em;margin:3em auto;font-family:sans-serif}\n"
	"</style>\n</head>\n<body>\n<h1>barenet</h1>\n"
	"<p>This page came from bare metal: a small kernel that is all "
	"network path.</p>\n<ul>\n"
	"<li><a href=\"/stat\">What is alive</a></li>\n"
	"<li><a href=\"/drops\">Why packets were dropped</a></li>\n"
	"<li><a href=\"/proc/net/tcp\">Connections</a></li>\n"
	"<li><a href=\"/proc/net/dev\">Devices</a></li>\n"
	"<li><a href=\"/proc/interrupts\">Interrupts</a></li>\n"
	"<li><a href=\"/1m\">1 MiB of numbered lines</a></li>\n"
	"</ul>\n</body>\n</html>\n";

/* Blank lines at the end make it 612 bytes, the size of nginx's own page. */
static void front_body(char *buf, size_t size)
{
	memset(buf, '\n', size);
	memcpy(buf, front_page, MIN(sizeof(front_page) - 1, size));
}

/* Any part of it can be checked. */
void page_offset_lines(char *buf, size_t size)
{
	for (size_t at = 0; at < size; at += BIG_LINE) {
		memcpy(buf + at, "0000000 barenet\n", BIG_LINE);
		for (u32 i = 0; i < 7; i++)
			buf[at + 6 - i] = "0123456789abcdef"[at >> 4 * i & 15];
	}
}

#define HTML	"text/html; charset=utf-8"
#define TEXT	"text/plain; charset=utf-8"
#define PATH(p) .path = (p), .path_len = sizeof(p) - 1
#define PROC(p, fn)                                                            \
	{                                                                      \
		PATH(p), .kind = PAGE_TEXT, .type = TEXT, .text = fn           \
	}

/* The constant pages come first. */
static const struct page pages[] = {
	{PATH("/"), .kind = PAGE_SMALL, .type = HTML, .body = front_body,
	 .body_len = FRONT_LEN},
	{PATH("/1k"), .kind = PAGE_SMALL, .type = TEXT,
	 .body = page_offset_lines, .body_len = 1024},
	{PATH("/1m"), .kind = PAGE_BIG, .type = TEXT, .body_len = PAGE_BIG_LEN},
	{PATH("/stat"), .kind = PAGE_STAT, .type = TEXT, .text = proc_stat},
	PROC("/drops", proc_drops),
	PROC("/proc/interrupts", proc_interrupts),
	PROC("/proc/softirqs", proc_softirqs),
	PROC("/proc/slabinfo", proc_slabinfo),
	PROC("/proc/net/arp", proc_net_arp),
	PROC("/proc/net/dev", proc_net_dev),
	PROC("/proc/net/netstat", proc_net_netstat),
	PROC("/proc/net/route", proc_net_route),
	PROC("/proc/net/snmp", proc_net_snmp),
	PROC("/proc/net/sockstat", proc_net_sockstat),
	PROC("/proc/net/softnet_stat", proc_net_softnet_stat),
	{PATH("/proc/net/tcp"), .kind = PAGE_PARTS, .type = TEXT,
	 .part = proc_net_tcp},
	PROC("/proc/net/udp", proc_net_udp),
};

const struct page *page_find(const void *path, u32 len)
{
	if (len == 1 && *(const char *)path == '/')
		return &pages[0];
	for (u32 i = 1; i < ARRAY_SIZE(pages); i++)
		if (pages[i].path_len == len &&
		    !memcmp(pages[i].path, path, len))
			return &pages[i];
	return NULL;
}

const struct page *page_constant(u32 i)
{
	return &pages[i];
}

static const struct {
	u32 status;
	const char *text;
} reasons[PAGES_STATUS] = {
	{200, "OK"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{431, "Request Header Fields Too Large"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *http_reason(u32 status)
{
	for (u32 i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

u32 page_status_at(u32 i)
{
	return reasons[i].status;
}

const char *page_connection(enum page_mode mode)
{
	static const char *const connection[PAGE_MODES] = {
		[MODE_KEEP] = "",
		[MODE_KEEP_10] = "Connection: keep-alive\r\n",
		[MODE_CLOSE] = "Connection: close\r\n",
	};

	return connection[mode];
}

const char *page_date(char buf[PAGE_DATE_LEN + 1])
{
	buf[0] = '\0';
	if (!wallclock_http_date(buf + 6, PAGE_DATE_LEN + 1 - 6))
		return buf;
	memcpy(buf, "Date: ", 6);
	memcpy(buf + 6 + HTTP_DATE_LEN, "\r\n", 3);
	return buf;
}

u32 page_date_at(u32 status)
{
	return (u32)(sizeof("HTTP/1.1 200 \r\nServer: barenet\r\nDate: ") - 1 +
		     strlen(http_reason(status)));
}

u32 page_build_head(char *buf, u32 size, const struct page_head *head)
{
	char date[PAGE_DATE_LEN + 1], length[32];

	(void)snprintf(length, sizeof(length), "Content-Length: %u\r\n",
		       head->length);
	return (u32)scnprintf(
		buf, size,
		"HTTP/1.1 %u %s\r\nServer: barenet\r\n%s"
		"%s%s%s%s%s%s%s%s\r\n",
		head->status, http_reason(head->status), page_date(date),
		head->type ? "Content-Type: " : "",
		head->type ? head->type : "", head->type ? "\r\n" : "",
		head->allow ? "Allow: " PAGE_ALLOW "\r\n" : "",
		head->constant ? "" : "Cache-Control: no-store\r\n",
		head->status == 503 ? "Retry-After: 1\r\n" : "",
		head->coding ? head->coding : length,
		page_connection(head->mode));
}
