/* yaml.h - values from the reader of state files, and values as YAML text.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/marked.h"
#include "value/dict.h"
#include "value/list.h"

/* Lists and dicts made anew once per node: aliases share them. Texts are views: the tree's arena
 * must live as long as the heap. */
struct value value_from_marked(struct heap *heap, struct marked *node);
/* A text of its own (load_yaml, --context). ERR_INPUT with the place in the message. */
int value_from_yaml(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		    struct err *err) must_check;
/* The same with the lines in question. */
int value_parse_yaml(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		     struct diag *diag) must_check;

/* As the reference's safe dumper prints it, by libyaml's own emitter: lines of 80 columns, two
 * columns of indentation, keys in order, "&id001" for what is there twice. flow: the filter
 * `yaml`'s default, {a: 1}. No line feed and no "..." at the end. Texts that are not UTF-8 become
 * !!binary, functions NULL; an undefined value fails when strict. ERR_LIMIT: the buffer is full, or
 * nested too deep. */
int value_to_yaml(struct heap *heap, struct value v, bool flow, struct buf *buf,
		  struct err *err) must_check;
