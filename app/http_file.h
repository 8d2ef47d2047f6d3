/*
 * A site's answer to a request: which file, which status (RFC 9110 sections
 * 13.2 and 14.2), which bytes.
 */
#pragma once

#include "app/http_ask.h"
#include "app/pages.h"
#include "app/site.h"

/* What was picked while the head was there, for the answer to be built of. */
struct http_pick {
	const struct site_entry *entry; /* NULL: no file or directory */
	u64 first, len;			/* of entry's data */
	u8 mime;
	bool gzip; /* entry is the .gz of the file that was asked for */
	bool vary; /* clients that accept other codings get another one */
};

/*
 * path is decoded and begins with a slash. 200 with a file, or a directory
 * that has no index.html; 301 with a directory: a slash is missing; 404.
 */
u32 http_pick_path(struct http_pick *pick, const struct site *site,
		   const u8 *path, u32 len);

/* Of a file that was found, what the request wants: 200, 206, 304, 412, 416. */
u32 http_pick_file(struct http_pick *pick, const struct site *site,
		   const struct http_ask *ask);

/* Room for the head of http_file_head. */
u32 http_file_head_max(const struct http_pick *pick);

/* The head of an answer with a file, or of a 301, 304 or 416; its length. */
u32 http_file_head(const struct http_pick *pick, u32 status,
		   enum page_mode mode, char *buf);

/* listing.c: fills buf[0, size); returns the length that the page has. */
u64 http_list_dir(const struct site *site, const struct site_entry *dir,
		  char *buf, u64 size);
