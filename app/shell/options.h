/* Options of a command line, one letter each: -q, -c 3 or -c3. */
#pragma once

struct options {
	char **argv;
	int at;		   /* the first word that is no option, at the end */
	const char *value; /* of the option just given */
};

/*
 * The next option's letter: of `flags`, or of `valued` with its value. 0 at
 * the first other word; '?' for what is neither, or lacks its value.
 */
int options_next(struct options *o, const char *flags, const char *valued);
