/* draw.h - a builder's progress made visible: on a terminal, as plain lines, or as JSON events.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "build/progress.h"

#include "base/err.h"

enum draw_mode {
	DRAW_AUTO,     /* terminal when stderr is one, else plain */
	DRAW_TERMINAL, /* banners, the log, one live line with the running step */
	DRAW_PLAIN,
	DRAW_JSON, /* one object a line, on stdout */
	DRAW_QUIET,
};

struct draw;
struct draw *draw_new(enum draw_mode mode);
const struct progress *draw_progress(struct draw *draw); /* borrowed */
/* The closing table of steps; nothing when none was done. */
void draw_table(struct draw *draw);
void draw_free(struct draw *draw);
DEFINE_FREEP(struct draw, draw_free)
