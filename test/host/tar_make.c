/* Archives as tar --format=ustar or --format=gnu would make them. */
#include <stdlib.h>
#include <string.h>
#include "test/host/tar_make.h"

static u8 *grow(struct tar_maker *tar, size_t len)
{
	if (tar->len + len > tar->room) {
		tar->room = 2 * (tar->len + len);
		tar->data = realloc(tar->data, tar->room);
	}
	memset(tar->data + tar->len, 0, len);
	tar->len += len;
	return tar->data + tar->len - len;
}

static void octal(u8 *field, size_t digits, u64 value)
{
	for (; digits; value >>= 3)
		field[--digits] = (u8)('0' + (value & 7));
}

static void put_name(u8 *header, const char *path)
{
	size_t len = strlen(path), split = 0;

	for (size_t i = 0; len > 100 && i < len && i <= 155; i++)
		if (path[i] == '/')
			split = i;
	memcpy(header + 345, path, split);
	if (split)
		split++;
	memcpy(header, path + split, MIN(len - split, (size_t)100));
}

void tar_sign(struct tar_maker *tar, size_t offset)
{
	u8 *header = tar->data + offset;
	u32 sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	octal(header + 148, 6, sum);
	header[154] = 0;
}

void tar_put(struct tar_maker *tar, const struct tar_file *file)
{
	size_t offset = tar->len, padded;
	u8 *header = grow(tar, TAR_BLOCK), *data;

	put_name(header, file->path);
	octal(header + 100, 7, 0644);
	octal(header + 108, 7, 0);
	octal(header + 116, 7, 0);
	octal(header + 124, 11, file->size);
	octal(header + 136, 11, file->mtime);
	header[156] = (u8)(file->type ? file->type : '0');
	memcpy(header + 257, file->gnu ? "ustar  \0" : "ustar\00000", 8);
	tar_sign(tar, offset);
	padded = ALIGN_UP(file->size, (size_t)TAR_BLOCK);
	data = grow(tar, padded);
	if (file->data && file->size)
		memcpy(data, file->data, file->size);
}

void tar_put_text(struct tar_maker *tar, const char *path, const char *text)
{
	struct tar_file file = {.path = path,
				.data = text,
				.size = strlen(text),
				.mtime = 1577836800};

	tar_put(tar, &file);
}

void tar_finish(struct tar_maker *tar)
{
	(void)grow(tar, (size_t)2 * TAR_BLOCK);
}

void tar_free(struct tar_maker *tar)
{
	free(tar->data);
	*tar = (struct tar_maker){0};
}
