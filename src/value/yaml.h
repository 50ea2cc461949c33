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

/* How YAML is written; 0: as Salt's safe dumper does it, in blocks. */
enum yaml_flags {
	YAML_FLOW = 1,   /* {a: 1}, the filter `yaml`'s default */
	YAML_LEAVES = 2, /* so are those that hold nothing but scalars (PyYAML's style None) */
	YAML_SORTED = 4, /* the keys of ordered dicts too */
	YAML_AS_IS = 8,  /* no dict is sorted */
	YAML_ASCII = 16, /* what is not ASCII is escaped */
};

/* As the reference's safe dumper prints it, by libyaml's own emitter: lines of 80 columns, two
 * columns of indentation, keys sorted (unless they have no order, or the dict is an ordered one),
 * "&id001" for what is there twice. No line feed and no "..." at the end. Texts that are not UTF-8
 * become !!binary, functions and what is undefined NULL. ERR_LIMIT: the buffer is full, or nested
 * too deep. */
int value_to_yaml(struct heap *heap, struct value v, unsigned flags, struct buf *buf,
		  struct err *err) must_check;
