/* words.h - the words that mean something to the parser, in their place.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* In the order of the alphabet, as bytes compare; at most 63, for sets of them. */
/* clang-format off */
#define TMPL_WORDS(X) \
	X(FALSE_, "False") \
	X(NONE_, "None") \
	X(TRUE_, "True") \
	X(AND, "and") \
	X(AS, "as") \
	X(AUTOESCAPE, "autoescape") \
	X(BLOCK, "block") \
	X(BREAK, "break") \
	X(CALL, "call") \
	X(CALLER, "caller") \
	X(CONTEXT, "context") \
	X(CONTINUE, "continue") \
	X(DO, "do") \
	X(ELIF, "elif") \
	X(ELSE, "else") \
	X(ENDAUTOESCAPE, "endautoescape") \
	X(ENDBLOCK, "endblock") \
	X(ENDCALL, "endcall") \
	X(ENDFILTER, "endfilter") \
	X(ENDFOR, "endfor") \
	X(ENDIF, "endif") \
	X(ENDLOAD, "endload") \
	X(ENDMACRO, "endmacro") \
	X(ENDPROFILE, "endprofile") \
	X(ENDSET, "endset") \
	X(ENDWITH, "endwith") \
	X(EXTENDS, "extends") \
	X(FALSE, "false") \
	X(FILTER, "filter") \
	X(FOR, "for") \
	X(FROM, "from") \
	X(IF, "if") \
	X(IGNORE, "ignore") \
	X(IMPORT, "import") \
	X(IMPORT_JSON, "import_json") \
	X(IMPORT_TEXT, "import_text") \
	X(IMPORT_YAML, "import_yaml") \
	X(IN, "in") \
	X(INCLUDE, "include") \
	X(IS, "is") \
	X(KWARGS, "kwargs") \
	X(LOAD_JSON, "load_json") \
	X(LOAD_TEXT, "load_text") \
	X(LOAD_YAML, "load_yaml") \
	X(LOOP, "loop") \
	X(MACRO, "macro") \
	X(MISSING, "missing") \
	X(NONE, "none") \
	X(NOT, "not") \
	X(OR, "or") \
	X(PRINT, "print") \
	X(PROFILE, "profile") \
	X(RECURSIVE, "recursive") \
	X(REQUIRED, "required") \
	X(SCOPED, "scoped") \
	X(SET, "set") \
	X(TRUE, "true") \
	X(VARARGS, "varargs") \
	X(WITH, "with") \
	X(WITHOUT, "without")
/* clang-format on */

#define TMPL_WORD_ENUM(name, text) WORD_##name,
enum word { WORD_ORDINARY, TMPL_WORDS(TMPL_WORD_ENUM) N_WORDS };
#undef TMPL_WORD_ENUM

_Static_assert(N_WORDS <= 64, "sets of words are 64 bits");

static inline uint64_t word_bit(enum word word)
{
	return word ? (uint64_t)1 << (word - 1) : 0;
}

const char *word_text(enum word word); /* as it is written */
