/*
 * tar headers (POSIX.1-1988, IEEE 1003.1 section 10.1.1, "ustar"; GNU's
 * variant of it): judged by magic, checksum and size before anything else is
 * believed.
 */
#include "lib/date.h"
#include "lib/string.h"
#include "app/tar.h"

struct ustar {
	u8 name[100], mode[8], uid[8], gid[8], size[12], mtime[12];
	u8 checksum[8], type, link[100], magic[8], user[32], group[32];
	u8 major[8], minor[8], prefix[155], pad[12];
};

_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "IEEE 1003.1, 10.1.1");
_Static_assert(offsetof(struct ustar, magic) == 257, "IEEE 1003.1, 10.1.1");

int tar_clean_path(char *path, u32 len)
{
	u32 out = 0, at = 0;

	while (at < len) {
		u32 start = at;

		for (; at < len && path[at] != '/'; at++)
			if ((u8)path[at] < 0x20 || path[at] == 0x7f ||
			    path[at] == '\\')
				return -1;
		if (at - start == 2 && !memcmp(path + start, "..", 2))
			return -1;
		if (at > start && !(at - start == 1 && path[start] == '.')) {
			if (out)
				path[out++] = '/';
			memmove(path + out, path + start, at - start);
			out += at - start;
		}
		at++;
	}
	path[out] = 0;
	return (int)out;
}

/* Prefix and name, or what a header before this one said: as it stands. */
static void read_path(const struct tar *tar, const struct ustar *h,
		      struct tar_entry *entry)
{
	u32 len = 0, name = (u32)strnlen((const char *)h->name, 100);

	if (tar->long_len) {
		len = (u32)MIN(tar->long_len, (u64)TAR_PATH_MAX);
		memcpy(entry->path, tar->long_path, len);
	} else {
		/* GNU's own magic: times and the like in the prefix's place. */
		if (!h->magic[5])
			len = (u32)strnlen((const char *)h->prefix, 155);
		memcpy(entry->path, h->prefix, len);
		if (len)
			entry->path[len++] = '/';
		memcpy(entry->path + len, h->name, name);
		len += name;
	}
	entry->path_len = len;
	entry->path[len] = 0;
}

static bool is_zero(const u8 *block)
{
	return !block[0] && !memcmp(block, block + 1, TAR_BLOCK - 1);
}

/* The sum of all bytes, those of the checksum taken as spaces. */
static bool checksum_ok(const struct ustar *h)
{
	const u8 *p = (const u8 *)h;
	u32 sum = 8 * ' ';
	u64 want;

	for (u32 i = 0; i < TAR_BLOCK; i++)
		sum += p[i];
	for (u32 i = 0; i < sizeof(h->checksum); i++)
		sum -= h->checksum[i];
	return tar_number(h->checksum, sizeof(h->checksum), &want) &&
	       want == sum;
}

/* Links, devices, directories: without data, whatever their size says. */
static bool has_data(const struct ustar *h)
{
	return h->type < '1' || h->type > '6';
}

static bool has_magic(const struct ustar *h)
{
	return !memcmp(h->magic, "ustar", 5) &&
	       (!h->magic[5] || h->magic[5] == ' ');
}

/* NULL, and the bytes of its data; or what is wrong. */
static const char *check_header(const struct tar *tar, const struct ustar *h,
				u64 left, u64 *size)
{
	if (!has_magic(h))
		return "no ustar magic";
	if (!checksum_ok(h))
		return "bad checksum";
	*size = 0;
	if (!has_data(h))
		return NULL;
	if (!tar_number(h->size, sizeof(h->size), size))
		return "bad size";
	if (tar->has_pax_size && (!h->type || h->type == '0' || h->type == '7'))
		*size = tar->pax_size;
	return *size > left ? "longer than the archive" : NULL;
}

static enum tar_result problem(struct tar_entry *entry, const char *why)
{
	entry->problem = why;
	return TAR_PROBLEM;
}

static void forget(struct tar *tar)
{
	tar->long_len = 0;
	tar->has_pax_size = tar->sparse = false;
}

static const char *other_type(u8 type)
{
	switch (type) {
	case '1':
		return "a hard link";
	case '2':
		return "a symbolic link";
	case '3':
	case '4':
	case '6':
		return "a device";
	default:
		return "of an unknown type";
	}
}

/* A header that names something: NULL when that can be served. */
static const char *take_entry(const struct tar *tar, const struct ustar *h,
			      struct tar_entry *entry)
{
	int len;

	read_path(tar, h, entry);
	if (h->type && h->type != '0' && h->type != '5' && h->type != '7')
		return other_type(h->type);
	if (tar->sparse)
		return "a sparse file";
	if (tar->long_len > TAR_PATH_MAX)
		return "name too long";
	/* Before POSIX, a directory was a file with a slash at its end. */
	entry->is_dir =
		h->type == '5' ||
		(entry->path_len && entry->path[entry->path_len - 1] == '/');
	len = tar_clean_path(entry->path, entry->path_len);
	if (len < 0)
		return "a name that is not safe";
	if (!len && !entry->is_dir)
		return "no name";
	entry->path_len = (u32)len;
	if (!tar_number(h->mtime, sizeof(h->mtime), &entry->mtime) ||
	    entry->mtime > DATE_SECONDS_MAX)
		entry->mtime = TAR_NO_TIME;
	return NULL;
}

/* Headers about the next one. True: it was one, *why is as elsewhere. */
static bool take_extension(struct tar *tar, u8 type,
			   const struct tar_entry *entry, const char **why)
{
	*why = NULL;
	switch (type) {
	case 'L':
		tar->long_path = entry->data;
		tar->long_len = strnlen((const char *)entry->data, entry->size);
		return true;
	case 'x':
		*why = tar_read_pax(tar, entry->data, entry->size);
		return true;
	case 'K': /* the long target of a link */
	case 'g': /* about all entries: no path, no size */
		return true;
	default:
		return false;
	}
}

/* A block that is there and not zero. TAR_END: nothing to tell, go on. */
static enum tar_result take_header(struct tar *tar, struct tar_entry *entry)
{
	const struct ustar *h = (const void *)(tar->base + tar->at);
	u64 left = tar->len - tar->at - TAR_BLOCK;
	const char *why = check_header(tar, h, left, &entry->size);

	entry->header = tar->at;
	tar->at += TAR_BLOCK;
	if (why) {
		bool known = tar->lost;

		if (has_magic(h))
			read_path(tar, h, entry);
		forget(tar);
		tar->lost = true;
		return known ? TAR_END : problem(entry, why);
	}
	tar->lost = false;
	entry->data = tar->base + tar->at;
	tar->at += MIN(ALIGN_UP(entry->size, (u64)TAR_BLOCK), left);
	if (take_extension(tar, h->type, entry, &why)) {
		if (why)
			forget(tar);
		return why ? problem(entry, why) : TAR_END;
	}
	why = take_entry(tar, h, entry);
	forget(tar);
	return why ? problem(entry, why) : TAR_ENTRY;
}

/* Where no header is: the archive's end, for good or too early. */
static enum tar_result take_end(struct tar *tar, struct tar_entry *entry)
{
	bool reported = tar->ended || tar->lost;

	entry->header = tar->at;
	tar->at = tar->len;
	tar->ended = true;
	return reported ? TAR_END
			: problem(entry, "cut: the archive has no end mark");
}

/* Two zero blocks are the end; behind a bad header they may be data. */
static enum tar_result take_zeros(struct tar *tar, struct tar_entry *entry)
{
	const u8 *block = tar->base + tar->at;
	bool last = tar->len - tar->at < 2 * TAR_BLOCK;
	bool known = tar->lost;

	if (!known && (last || is_zero(block + TAR_BLOCK))) {
		tar->at = tar->len;
		tar->ended = true;
		return TAR_END;
	}
	entry->header = tar->at;
	tar->at += TAR_BLOCK;
	tar->lost = true;
	forget(tar);
	return known ? TAR_END : problem(entry, "zeros, not a header");
}

enum tar_result tar_next(struct tar *tar, struct tar_entry *entry)
{
	entry->problem = NULL;
	entry->path_len = 0;
	entry->path[0] = 0;
	while (tar->len - tar->at >= TAR_BLOCK) {
		enum tar_result result = is_zero(tar->base + tar->at)
						 ? take_zeros(tar, entry)
						 : take_header(tar, entry);

		if (result != TAR_END)
			return result;
	}
	return take_end(tar, entry);
}
