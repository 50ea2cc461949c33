/* report.h - results as the reference prints them: text and JSON, masked.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/run.h"

enum report_detail { REPORT_FULL, REPORT_TERSE, REPORT_CHANGES, REPORT_MIXED };

struct report_options {
	enum report_detail detail;
	bool hide_clean; /* --state-verbose=false */
	bool by_id;      /* full_id…: the ID where the name stands */
	bool color;
	int json_indent; /* < 0: one line */
};

void report_text(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf);
void report_json(struct world *world, const struct results *results,
		 const struct report_options *options, struct buf *buf);
/* {"local": {tag: result}} as a value, masked; or {"local": ["text"]}. */
struct value report_value(struct world *world, const struct results *results);
/* The reference's nested layout for any value ("nested" outputter). */
void report_nested(struct heap *heap, struct value v, int indent, bool has_color, struct buf *buf);
/* A unified diff without file names; "" when equal. */
void diff_unified(struct str old, struct str new, struct buf *buf);
