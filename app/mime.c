/* Media types by file name extension, as registered with IANA. */
#include "lib/string.h"
#include "app/mime.h"

#define UTF8 "; charset=utf-8"

static const struct {
	char extension[12];
	const char *type;
} types[] = {
	{"", "application/octet-stream"}, /* the one for all others */
	{"html", "text/html" UTF8},
	{"htm", "text/html" UTF8},
	{"css", "text/css" UTF8},
	{"js", "text/javascript" UTF8},
	{"mjs", "text/javascript" UTF8},
	{"json", "application/json"},
	{"map", "application/json"},
	{"webmanifest", "application/manifest+json"},
	{"xml", "application/xml"},
	{"xhtml", "application/xhtml+xml"},
	{"txt", "text/plain" UTF8},
	{"md", "text/markdown" UTF8},
	{"csv", "text/csv" UTF8},
	{"svg", "image/svg+xml"},
	{"png", "image/png"},
	{"jpg", "image/jpeg"},
	{"jpeg", "image/jpeg"},
	{"gif", "image/gif"},
	{"webp", "image/webp"},
	{"avif", "image/avif"},
	{"ico", "image/vnd.microsoft.icon"},
	{"woff", "font/woff"},
	{"woff2", "font/woff2"},
	{"ttf", "font/ttf"},
	{"otf", "font/otf"},
	{"wasm", "application/wasm"},
	{"pdf", "application/pdf"},
	{"zip", "application/zip"},
	{"gz", "application/gzip"},
	{"tar", "application/x-tar"},
	{"mp3", "audio/mpeg"},
	{"ogg", "audio/ogg"},
	{"wav", "audio/wav"},
	{"mp4", "video/mp4"},
	{"webm", "video/webm"},
};

u8 mime_of(const char *path, u32 len)
{
	u32 at = len;

	while (at && path[at - 1] != '.' && path[at - 1] != '/')
		at--;
	if (!at || path[at - 1] != '.')
		return 0;
	for (u32 i = 1; i < ARRAY_SIZE(types); i++) {
		u32 size = (u32)strlen(types[i].extension);

		if (size == len - at &&
		    mem_case_eq(path + at, types[i].extension, size))
			return (u8)i;
	}
	return 0;
}

const char *mime_type(u8 number)
{
	return types[number].type;
}
