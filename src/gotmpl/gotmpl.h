/* gotmpl.h - Go templates, the subset that container tools take with --format.
 * SPDX-License-Identifier: Apache-2.0
 *
 * text/template, "Actions" and "Functions": fields and chained fields (.A.B, $.A), map keys,
 * pipelines, variables ({{$x := …}}), range (list and map, else), if/else if/else, with, trim
 * markers {{- -}}, comments, parentheses, literals, and or not eq ne lt le gt ge, index, slice,
 * len, print printf println, html urlquery; and docker's json, join, split, lower, upper, title,
 * pad, truncate. Data is a doc tree; an absent field is an error that names it and the nearest one
 * ("<no value>" for map[string] data is not imitated: inspect data has fixed names). */
#pragma once

#include "base/buf.h"
#include "doc/node.h"

struct gotmpl;
/* `name` stands in errors ("--format"). ERR_INPUT with line and column within the text. */
int gotmpl_parse(const char *name, const char *text, struct gotmpl **ret_template,
		 struct err *err) must_check;
int gotmpl_render(const struct gotmpl *template, const struct node *dot, struct buf *out,
		  struct err *err) must_check;
void gotmpl_free(struct gotmpl *template);
DEFINE_FREEP(struct gotmpl, gotmpl_free)
