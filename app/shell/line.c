/* The line editor: see line.h. */
#include "app/shell/line.h"

#include "lib/printf.h"
#include "lib/string.h"

#define CTRL(c) ((c)&0x1f)
#define ESC	0x1b
#define DEL	0x7f

enum escape { ESCAPE_NONE, ESCAPE_ESC, ESCAPE_CSI };

static void put(struct line *line, const char *text)
{
	line->write(line->arg, text, strlen(text));
}

void line_init(struct line *line, const char *prompt,
	       void (*write)(void *arg, const char *text, size_t len),
	       void *arg)
{
	memset(line, 0, sizeof(*line));
	line->prompt = prompt;
	line->write = write;
	line->arg = arg;
}

void line_redraw(struct line *line)
{
	u32 prompt = (u32)strlen(line->prompt);
	u32 room = LINE_COLUMNS - 1 - prompt;
	u32 first = line->at > room ? line->at - room : 0;
	u32 shown = MIN(line->len - first, room);
	char move[24];

	put(line, "\r");
	put(line, line->prompt);
	line->write(line->arg, line->text + first, shown);
	put(line, "\033[K");
	if (line->at - first == shown)
		return;
	snprintf(move, sizeof(move), "\r\033[%uC", prompt + line->at - first);
	put(line, move);
}

void line_start(struct line *line)
{
	line->len = line->at = line->back = 0;
	line->text[0] = '\0';
	line->escape = ESCAPE_NONE;
	put(line, line->prompt);
}

static void set_text(struct line *line, const char *text)
{
	line->len = line->at =
		(u32)str_copy(line->text, text, sizeof(line->text));
	line_redraw(line);
}

static void insert(struct line *line, char c)
{
	u32 width = (u32)strlen(line->prompt) + line->len;

	if (line->len + 1 >= LINE_SIZE)
		return put(line, "\a");
	memmove(line->text + line->at + 1, line->text + line->at,
		line->len - line->at + 1);
	line->text[line->at] = c;
	line->len++;
	line->at++;
	if (line->at == line->len && width + 1 < LINE_COLUMNS)
		line->write(line->arg, &c, 1);
	else
		line_redraw(line);
}

/* The characters from `from` up to `to`; the cursor goes there. */
static void erase(struct line *line, u32 from, u32 to)
{
	if (from == to)
		return put(line, "\a");
	memmove(line->text + from, line->text + to, line->len - to + 1);
	line->len -= to - from;
	line->at = from;
	line_redraw(line);
}

static void move_to(struct line *line, u32 at)
{
	if (at > line->len)
		return put(line, "\a");
	line->at = at;
	line_redraw(line);
}

static u32 word_before(const struct line *line)
{
	u32 at = line->at;

	while (at && line->text[at - 1] == ' ')
		at--;
	while (at && line->text[at - 1] != ' ')
		at--;
	return at;
}

/* `back` lines up: 0 is what was being typed. */
static void history_show(struct line *line, u32 back)
{
	u32 kept = MIN(line->count, (u32)LINE_HISTORY);

	if (back > kept)
		return put(line, "\a");
	if (!line->back)
		memcpy(line->draft, line->text, sizeof(line->draft));
	line->back = back;
	set_text(line, back ? line->history[(line->count - back) % LINE_HISTORY]
			    : line->draft);
}

/* Neither empty lines nor the same again. */
static void history_add(struct line *line)
{
	const char *last =
		line->history[(line->count + LINE_HISTORY - 1) % LINE_HISTORY];

	if (!line->len || (line->count && !strcmp(last, line->text)))
		return;
	memcpy(line->history[line->count++ % LINE_HISTORY], line->text,
	       sizeof(line->text));
}

static void list_words(struct line *line)
{
	const char *word;

	put(line, "\n");
	for (u32 i = 0; (word = line->word(i)); i++) {
		if (strncmp(word, line->text, line->at))
			continue;
		put(line, word);
		put(line, "  ");
	}
	put(line, "\n");
	line_redraw(line);
}

/* How many words begin with what is typed; *common: how far they agree. */
static u32 find_words(const struct line *line, const char **first, u32 *common)
{
	const char *word;
	u32 count = 0;

	for (u32 i = 0; (word = line->word(i)); i++) {
		u32 same = 0;

		if (strncmp(word, line->text, line->at))
			continue;
		if (!count++) {
			*first = word;
			*common = (u32)strlen(word);
		}
		while (same < *common && word[same] == (*first)[same])
			same++;
		*common = same;
	}
	return count;
}

/* The first word only; a second tab lists what is possible. */
static void complete(struct line *line)
{
	const char *first = "";
	u32 common = 0, count;

	if (!line->word || memchr(line->text, ' ', line->at))
		return put(line, "\a");
	count = find_words(line, &first, &common);
	if (count > 1 && common == line->at) {
		if (line->last == '\t')
			list_words(line);
		else
			put(line, "\a");
		return;
	}
	if (!count)
		return put(line, "\a");
	while (line->at < common)
		insert(line, first[line->at]);
	if (count == 1 && line->at == line->len)
		insert(line, ' ');
}

/* The last byte of ESC [ number byte, or of ESC O byte. */
static void escape_end(struct line *line, u8 byte)
{
	switch (byte == '~' ? line->number : byte) {
	case 'A':
		return history_show(line, line->back + 1);
	case 'B':
		return line->back ? history_show(line, line->back - 1)
				  : put(line, "\a");
	case 'C':
		return move_to(line, line->at + 1);
	case 'D':
		return move_to(line, line->at - 1);
	case 'H':
	case 1:
	case 7:
		return move_to(line, 0);
	case 'F':
	case 4:
	case 8:
		return move_to(line, line->len);
	case 3:
		return erase(line, line->at, MIN(line->at + 1, line->len));
	}
}

static void escape_feed(struct line *line, u8 byte)
{
	if (line->escape == ESCAPE_ESC) {
		line->number = 0;
		line->escape =
			byte == '[' || byte == 'O' ? ESCAPE_CSI : ESCAPE_NONE;
	} else if (byte >= '0' && byte <= '9') {
		line->number = (u8)(line->number * 10 + byte - '0');
	} else if (byte >= 0x40 && byte <= 0x7e) {
		line->escape = ESCAPE_NONE;
		escape_end(line, byte);
	}
}

static void edit_key(struct line *line, u8 byte)
{
	switch (byte) {
	case CTRL('A'):
		return move_to(line, 0);
	case CTRL('B'):
		return move_to(line, line->at - 1);
	case CTRL('D'):
		return erase(line, line->at, MIN(line->at + 1, line->len));
	case CTRL('E'):
		return move_to(line, line->len);
	case CTRL('F'):
		return move_to(line, line->at + 1);
	case CTRL('H'):
	case DEL:
		return erase(line, line->at - !!line->at, line->at);
	case CTRL('K'):
		line->len = line->at;
		line->text[line->len] = '\0';
		return line_redraw(line);
	case CTRL('L'):
		put(line, "\033[H\033[2J");
		return line_redraw(line);
	case CTRL('N'):
		return escape_end(line, 'B');
	case CTRL('P'):
		return escape_end(line, 'A');
	case CTRL('U'):
		return erase(line, 0, line->at);
	case CTRL('W'):
		return erase(line, word_before(line), line->at);
	case '\t':
		return complete(line);
	}
	if (byte >= ' ')
		insert(line, (char)byte);
}

static enum line_event feed(struct line *line, u8 byte)
{
	if (line->escape) {
		escape_feed(line, byte);
		return LINE_MORE;
	}
	if (byte == '\n' && line->last == '\r')
		return LINE_MORE; /* a terminal that sends both */
	switch (byte) {
	case ESC:
		line->escape = ESCAPE_ESC;
		return LINE_MORE;
	case '\r':
	case '\n':
		put(line, "\n");
		history_add(line);
		return LINE_DONE;
	case CTRL('C'):
		put(line, "^C\n");
		return LINE_ABORT;
	case CTRL('D'):
		if (!line->len)
			return LINE_END;
	}
	edit_key(line, byte);
	return LINE_MORE;
}

enum line_event line_feed(struct line *line, u8 byte)
{
	enum line_event event = feed(line, byte);

	line->last = byte;
	return event;
}
