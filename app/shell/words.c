/* Words, and the numbers and addresses that they are. */
#include "app/shell/words.h"

#include "lib/errno.h"
#include "lib/text.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * One word from *in to *out, which is never ahead; false when a quote has no
 * end. *in is then behind the word.
 */
static bool take_word(char **in, char **out)
{
	char quote = '\0';

	for (; **in && (quote || !is_blank(**in)); ++*in) {
		if (quote && **in == quote) {
			quote = '\0';
			continue;
		}
		if (!quote && (**in == '\'' || **in == '"')) {
			quote = **in;
			continue;
		}
		if (**in == '\\' && quote != '\'' && (*in)[1])
			++*in;
		*(*out)++ = **in;
	}
	return !quote;
}

int words_split(char *text, char **argv)
{
	char *out = text;
	int argc = 0;

	for (;;) {
		bool more;

		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		if (argc == WORDS_MAX)
			return -E2BIG;
		argv[argc++] = out;
		if (!take_word(&text, &out))
			return -EINVAL;
		more = *text != '\0';
		*out++ = '\0';
		text += more;
		if (!more)
			break;
	}
	argv[argc] = NULL;
	return argc;
}

bool parse_address(const char *text, be32 *out)
{
	return parse_ipv4(&text, out) && !*text;
}

bool parse_number(const char *text, u32 max, u32 *out)
{
	return parse_u32(&text, max, out) && !*text;
}

bool parse_seconds(const char *text, u32 max_ms, u32 *out)
{
	u32 whole = 0, ms = 0, scale = 100;

	if (*text != '.' && !parse_u32(&text, max_ms / 1000, &whole))
		return false;
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++) {
			ms += (u32)(*text - '0') * scale;
			scale /= 10;
		}
	}
	*out = whole * 1000 + ms;
	return !*text && *out <= max_ms;
}

bool parse_mac(const char *text, u8 *out)
{
	return parse_hwaddr(&text, out) && !*text;
}
