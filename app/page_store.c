/* The prebuilt answers, and the date in them: see page_store.h. */
#include "app/page_store.h"
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define BIG_ORDER 8 /* 256 pages */
#define LINE_MAX  64
#define ROWS	  (PAGES_CONSTANT + PAGES_STATUS)

const struct page_text *page_text(const struct page_store *store,
				  const struct page *page, enum page_mode mode)
{
	return &store->texts[page - page_constant(0)][mode];
}

const struct page_text *page_status(const struct page_store *store, u32 status,
				    enum page_mode mode)
{
	u32 i = 0;

	while (i < PAGES_STATUS - 1 && page_status_at(i) < status)
		i++;
	return &store->texts[PAGES_CONSTANT + i][mode];
}

/* The body of a status: a line, or nothing. */
static u32 status_line(char line[LINE_MAX], u32 status)
{
	if (status == 200 || status == 503)
		return 0;
	return (u32)scnprintf(line, LINE_MAX, "%u %s\n", status,
			      http_reason(status));
}

static struct page_head head_of_page(u32 i, enum page_mode mode)
{
	return (struct page_head){
		.status = 200,
		.type = page_constant(i)->type,
		.length = page_constant(i)->body_len,
		.mode = mode,
		.constant = true,
	};
}

static struct page_head head_of_status(u32 i, enum page_mode mode)
{
	u32 status = page_status_at(i);
	char line[LINE_MAX];
	u32 len = status_line(line, status);

	return (struct page_head){
		.status = status,
		.type = len ? "text/plain; charset=utf-8" : NULL,
		.length = len,
		.mode = mode,
		.allow = status == 200 || status == 405,
	};
}

/* In front of the body, which stays where it is. */
static void write_head(struct page_text *text, const struct page_head *head)
{
	u32 body_len = text->len - text->head_len;
	char buf[PAGE_HEAD_MAX];

	text->head_len = page_build_head(buf, sizeof(buf), head);
	text->len = text->head_len + body_len;
	text->data = text->memory + PAGE_HEAD_MAX - text->head_len;
	text->date = text->data + page_date_at(head->status);
	memcpy(text->data, buf, text->head_len);
}

static void write_heads(struct page_store *store)
{
	for (u32 row = 0; row < ROWS; row++)
		for (u32 mode = 0; mode < PAGE_MODES; mode++) {
			struct page_head head =
				row < PAGES_CONSTANT
					? head_of_page(row, mode)
					: head_of_status(row - PAGES_CONSTANT,
							 mode);

			write_head(&store->texts[row][mode], &head);
		}
}

static void write_dates(struct page_store *store,
			const char date[HTTP_DATE_LEN])
{
	for (u32 row = 0; row < ROWS; row++)
		for (u32 mode = 0; mode < PAGE_MODES; mode++)
			memcpy(store->texts[row][mode].date, date,
			       HTTP_DATE_LEN);
}

void page_store_refresh_now(struct page_store *store, u64 now_ms)
{
	u64 wall_ms = (u64)wallclock_ns() / 1000000;
	char date[HTTP_DATE_LEN + 1];
	bool dated = wallclock_http_date(date, sizeof(date));

	if (dated != store->dated) {
		store->dated = dated;
		write_heads(store);
	} else if (dated) {
		write_dates(store, date);
	}
	store->refresh_ms = now_ms + 1000 - wall_ms % 1000;
}

/* Room for a head and a body: the body's place, NULL without memory. */
static char *make_room(struct page_text *text, u32 body_len)
{
	text->memory = kmalloc(PAGE_HEAD_MAX + body_len);
	text->len = body_len;
	return text->memory ? (char *)text->memory + PAGE_HEAD_MAX : NULL;
}

/* The body follows its head when the page has a function for it. */
static bool build_page(struct page_text *text, const struct page *page)
{
	char *body = make_room(text, page->body ? page->body_len : 0);

	if (body && page->body)
		page->body(body, page->body_len);
	return body;
}

static bool build_status(struct page_text *text, u32 status)
{
	char line[LINE_MAX];
	u32 len = status_line(line, status);
	char *body = make_room(text, len);

	if (body)
		memcpy(body, line, len);
	return body;
}

static bool build_row(struct page_text texts[PAGE_MODES], u32 row)
{
	bool good = true;

	for (u32 mode = 0; mode < PAGE_MODES && good; mode++)
		good = row < PAGES_CONSTANT
			       ? build_page(&texts[mode], page_constant(row))
			       : build_status(
					 &texts[mode],
					 page_status_at(row - PAGES_CONSTANT));
	return good;
}

int page_store_init(struct page_store *store)
{
	memset(store, 0, sizeof(*store));
	for (u32 row = 0; row < ROWS; row++)
		if (!build_row(store->texts[row], row))
			return -ENOMEM;
	store->dated = wallclock_is_set();
	write_heads(store);
	page_store_refresh_now(store, clock_ms());
	return 0;
}

const u8 *page_big(struct page_store *store)
{
	if (!store->big) {
		store->big = machine_pages_alloc(BIG_ORDER);
		if (store->big)
			page_offset_lines((char *)store->big, PAGE_BIG_LEN);
	}
	return store->big;
}

void page_store_free(struct page_store *store)
{
	for (u32 row = 0; row < ROWS; row++)
		for (u32 mode = 0; mode < PAGE_MODES; mode++)
			kfree(store->texts[row][mode].memory);
	if (store->big)
		machine_pages_free(store->big, BIG_ORDER);
}
