/*
 * A font of 8 by 16 pixels for ASCII 32 to 126. The glyphs are drawn on half
 * the rows, in the columns 1 to 5 of the cell; each row is shown twice.
 */
#pragma once

#include "lib/types.h"

#define FONT_WIDTH  8
#define FONT_HEIGHT 16
#define FONT_FIRST  ' '
#define FONT_LAST   '~'

/* Row y of c's glyph: bit 7 is the leftmost pixel. Others show as '?'. */
u8 font_row(char c, u32 y);
