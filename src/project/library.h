/* library.h - the macros and hooks that projects import, carried by the program.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The files of library/, addressed as makina-states/… (templates) and makina-states.… (state
 * files). A file of the same name in /srv/salt wins. */
#pragma once

#include "state/world.h"

extern const struct builtin_text library_texts[]; /* ends with {NULL, NULL} */
extern const uint8_t library_pairs[][2];          /* what their bytes from 0x80 on stand for */
