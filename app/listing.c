/* The page of a directory without an index.html, when that is wanted. */
#include "app/http_file.h"
#include "app/writer.h"

#define LISTING_MOST (256u << 10) /* bytes; the rest is a number */

/* The last segment. */
static const char *name_of(const struct site_entry *entry, u32 *len)
{
	u32 at = entry->path_len;

	while (at && entry->path[at - 1] != '/')
		at--;
	*len = entry->path_len - at;
	return entry->path + at;
}

/* "./": a name with a colon is no scheme then (RFC 3986 section 4.2). */
static void put_entry(struct writer *out, const struct site_entry *entry)
{
	const char *slash = entry->is_dir ? "/" : "";
	u32 len;
	const char *name = name_of(entry, &len);

	put_text(out, "<li><a href=\"./");
	put_url(out, name, len);
	put_text(out, slash);
	put_text(out, "\">");
	put_html(out, name, len);
	put_text(out, slash);
	put_text(out, "</a>");
	if (!entry->is_dir) {
		put_text(out, " ");
		put_number(out, entry->size);
	}
	put_text(out, "\n");
}

static void put_title(struct writer *out, const struct site_entry *dir)
{
	put_text(out, "/");
	put_html(out, dir->path, dir->path_len);
}

u64 http_list_dir(const struct site *site, const struct site_entry *dir,
		  char *buf, u64 size)
{
	struct writer out = {.buf = buf, .size = size};
	const struct site_entry *entry = site_entry(site, dir->child);
	u64 left_out = 0;

	put_text(&out, "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>");
	put_title(&out, dir);
	put_text(&out, "</title>\n<h1>");
	put_title(&out, dir);
	put_text(&out, "</h1>\n<ul>\n");
	if (dir->path_len)
		put_text(&out, "<li><a href=\"../\">../</a>\n");
	for (; entry; entry = site_entry(site, entry->sibling)) {
		if (out.len < LISTING_MOST)
			put_entry(&out, entry);
		else
			left_out++;
	}
	put_text(&out, "</ul>\n");
	if (left_out) {
		put_text(&out, "<p>Entries left out: ");
		put_number(&out, left_out);
		put_text(&out, "\n");
	}
	return out.len;
}
