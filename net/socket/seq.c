/* Text into a bounded buffer. */
#include "net/socket/seq.h"

void seq_printf(struct seq *seq, const char *fmt, ...)
{
	size_t at = MIN(seq->len, seq->size);
	va_list ap;

	va_start(ap, fmt);
	seq->len += (size_t)vsnprintf(seq->buf + at, seq->size - at, fmt, ap);
	va_end(ap);
}

void seq_pad(struct seq *seq, size_t start, size_t width)
{
	int fill = (int)width - (int)(seq->len - start);

	if (fill > 0)
		seq_printf(seq, "%*s", fill, "");
}
