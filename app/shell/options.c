/* Reads options: see options.h. */
#include "app/shell/options.h"

#include "lib/string.h"

int options_next(struct options *o, const char *flags, const char *valued)
{
	const char *word = o->argv[++o->at];
	int letter;

	if (!word || word[0] != '-' || !word[1])
		return 0;
	letter = (u8)word[1];
	if (strchr(flags, letter))
		return word[2] ? '?' : letter;
	if (!strchr(valued, letter))
		return '?';
	o->value = word[2] ? word + 2 : o->argv[++o->at];
	return o->value ? letter : '?';
}
