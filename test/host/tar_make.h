/* Makes tar archives, right and wrong ones, in memory. */
#pragma once

#include "app/tar.h"

struct tar_maker {
	u8 *data;
	size_t len, room;
};

struct tar_file {
	const char *path;
	const void *data; /* NULL: zeros */
	size_t size;
	u64 mtime;
	char type; /* 0: a file */
	bool gnu;  /* GNU's magic in place of POSIX's */
};

/* Header, data, padding. A path over 100 bytes is split into a prefix. */
void tar_put(struct tar_maker *tar, const struct tar_file *file);

/* A text file of 2020. */
void tar_put_text(struct tar_maker *tar, const char *path, const char *text);

/* The header at `offset` again, with a good checksum, after a change. */
void tar_sign(struct tar_maker *tar, size_t offset);

/* Two zero blocks. */
void tar_finish(struct tar_maker *tar);
void tar_free(struct tar_maker *tar);
