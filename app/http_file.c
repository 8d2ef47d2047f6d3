/*
 * Files over HTTP: the path to an entry of the site, then conditions in the
 * order of RFC 9110 section 13.2.2, and the head of the answer. The data is
 * never touched here.
 */
#include "lib/string.h"
#include "app/http_date.h"
#include "app/http_file.h"
#include "app/mime.h"
#include "app/writer.h"

#define HEAD_MAX 680 /* without a location */
#define TAG_MAX	 48

u32 http_pick_path(struct http_pick *pick, const struct site *site,
		   const u8 *path, u32 len)
{
	bool slash = path[len - 1] == '/';
	const struct site_entry *entry;

	*pick = (struct http_pick){0};
	if (len == 1)
		entry = &site->entries[0];
	else if (len < 2u + slash) /* "//" */
		return 404;
	else
		entry = site_find(site, path + 1, len - 1 - slash);
	if (!entry || (slash && !entry->is_dir))
		return 404;
	if (entry->is_dir && slash && entry->other)
		entry = &site->entries[entry->other];
	pick->entry = entry;
	return entry->is_dir && !slash ? 301 : 200;
}

/* A modification time and a size, as other servers do; quotes included. */
static u32 write_tag(const struct http_pick *pick, char out[TAG_MAX])
{
	struct writer tag = {.buf = out, .size = TAG_MAX};
	u64 mtime = pick->entry->mtime;

	put_text(&tag, "\"");
	put_hex(&tag, mtime == TAR_NO_TIME ? 0 : mtime);
	put_text(&tag, "-");
	put_hex(&tag, pick->entry->size);
	put_text(&tag, pick->gzip ? "-gz\"" : "\"");
	return (u32)tag.len;
}

static bool is_gzip(const struct site_entry *entry)
{
	return entry->size > 2 && entry->data[0] == 0x1f &&
	       entry->data[1] == 0x8b;
}

/* RFC 9110 section 12.5.3: the neighbour with .gz, for those who take it. */
static void pick_coding(struct http_pick *pick, const struct site *site,
			const struct http_ask *ask)
{
	const struct site_entry *gz = site_entry(site, pick->entry->other);

	if (!gz || !is_gzip(gz))
		return;
	pick->vary = true;
	if (http_ask_gzip(ask)) {
		pick->entry = gz;
		pick->gzip = true;
	}
}

static bool listed(const struct http_pick *pick, struct http_view list,
		   bool strong)
{
	char tag[TAG_MAX];

	return http_tag_listed(list, tag, write_tag(pick, tag), strong);
}

/* Not changed since the field's date; false when one of them is unknown. */
static bool unchanged_since(const struct http_pick *pick,
			    struct http_view field)
{
	u64 date;

	return pick->entry->mtime != TAR_NO_TIME &&
	       http_date_read(field.at, field.len, &date) &&
	       pick->entry->mtime <= date;
}

/* Section 13.2.2, steps 1 to 4: 200, 304 or 412. */
static u32 check_conditions(const struct http_pick *pick,
			    const struct http_ask *ask)
{
	u64 date;

	if (ask->if_match.at) {
		if (!listed(pick, ask->if_match, true))
			return 412;
	} else if (ask->if_unmodified_since.at &&
		   http_date_read(ask->if_unmodified_since.at,
				  ask->if_unmodified_since.len, &date) &&
		   !unchanged_since(pick, ask->if_unmodified_since)) {
		return 412;
	}
	if (ask->if_none_match.at)
		return listed(pick, ask->if_none_match, false) ? 304 : 200;
	if (ask->if_modified_since.at &&
	    unchanged_since(pick, ask->if_modified_since))
		return 304;
	return 200;
}

/* Section 13.1.5: a strong tag, or exactly the date that was sent. */
static bool if_range_holds(const struct http_pick *pick, struct http_view field)
{
	u64 date;

	if (!field.at)
		return true;
	if (field.len > 1 && (field.at[0] == '"' || field.at[1] == '/'))
		return listed(pick, field, true);
	return http_date_read(field.at, field.len, &date) &&
	       date == pick->entry->mtime;
}

/* Step 5, and section 14.2. */
static u32 pick_range(struct http_pick *pick, const struct http_ask *ask)
{
	if (!ask->range.at || !if_range_holds(pick, ask->if_range))
		return 200;
	switch (http_range_read(ask->range, pick->entry->size, &pick->first,
				&pick->len)) {
	case RANGE_ONE:
		return 206;
	case RANGE_NEVER:
		return 416;
	default:
		pick->first = 0;
		pick->len = pick->entry->size;
		return 200;
	}
}

u32 http_pick_file(struct http_pick *pick, const struct site *site,
		   const struct http_ask *ask)
{
	u32 status;

	pick->mime = pick->entry->mime;
	pick_coding(pick, site, ask);
	pick->len = pick->entry->size;
	if (ask->twice)
		return 200;
	status = check_conditions(pick, ask);
	return status == 200 ? pick_range(pick, ask) : status;
}

u32 http_file_head_max(const struct http_pick *pick)
{
	return HEAD_MAX + 3 * pick->entry->path_len;
}

/* What a cache must know: section 15.4.5 wants it in a 304 as well. */
static void put_validators(struct writer *out, const struct http_pick *pick)
{
	char tag[TAG_MAX], date[HTTP_DATE_LEN];

	put_text(out, "Cache-Control: no-cache\r\nETag: ");
	put_bytes(out, tag, write_tag(pick, tag));
	put_text(out, "\r\n");
	if (pick->entry->mtime != TAR_NO_TIME) {
		http_date_write(pick->entry->mtime, date);
		put_text(out, "Last-Modified: ");
		put_bytes(out, date, sizeof(date));
		put_text(out, "\r\n");
	}
	if (pick->vary)
		put_text(out, "Vary: Accept-Encoding\r\n");
}

/* "bytes 0-9/100", or "bytes *" for the range that is not there. */
static void put_range(struct writer *out, const struct http_pick *pick,
		      u32 status)
{
	put_text(out, "Content-Range: bytes ");
	if (status == 206) {
		put_number(out, pick->first);
		put_text(out, "-");
		put_number(out, pick->first + pick->len - 1);
	} else {
		put_text(out, "*");
	}
	put_text(out, "/");
	put_number(out, pick->entry->size);
	put_text(out, "\r\n");
}

static void put_content(struct writer *out, const struct http_pick *pick,
			u32 status)
{
	put_text(out, "Content-Type: ");
	put_text(out, mime_type(pick->mime));
	put_text(out, "\r\nAccept-Ranges: bytes\r\nContent-Length: ");
	put_number(out, pick->len);
	put_text(out, "\r\n");
	if (pick->gzip)
		put_text(out, "Content-Encoding: gzip\r\n");
	if (status == 206)
		put_range(out, pick, status);
	put_validators(out, pick);
}

static void put_location(struct writer *out, const struct http_pick *pick)
{
	put_text(out, "Location: /");
	put_url(out, pick->entry->path, pick->entry->path_len);
	put_text(out, "/\r\n");
}

u32 http_file_head(const struct http_pick *pick, u32 status,
		   enum page_mode mode, char *buf)
{
	struct writer out = {.buf = buf, .size = http_file_head_max(pick)};
	char date[PAGE_DATE_LEN + 1];

	put_text(&out, "HTTP/1.1 ");
	put_number(&out, status);
	put_text(&out, " ");
	put_text(&out, http_reason(status));
	put_text(&out, "\r\nServer: barenet\r\n");
	put_text(&out, page_date(date));
	if (status == 304) {
		put_validators(&out, pick);
	} else if (status == 301 || status == 416) {
		if (status == 301)
			put_location(&out, pick);
		else
			put_range(&out, pick, status);
		put_text(&out, "Content-Length: 0\r\n");
	} else {
		put_content(&out, pick, status);
	}
	put_text(&out, page_connection(mode));
	put_text(&out, "\r\n");
	return (u32)out.len;
}
