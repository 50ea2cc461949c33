/* pattern.c - an expression compiled to states, all of which go forward together.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   either  = branch *( "|" branch )
 *   branch  = *( atom [ "*" / "+" / "?" ] )
 *   atom    = "(" either ")" / "[" set "]" / "." / "^" / "$" / "\" byte / byte */
#include "init/pattern.h"

#include <string.h>

#include "base/banned.h"

enum kind { STATE_BYTE, STATE_ANY, STATE_SET, STATE_START, STATE_END, STATE_FORK, STATE_MATCH };

#define NOWHERE (-1)

struct parser {
	struct pattern *pattern;
	const char *at;
	const char *problem;
};
/* A part of the machine: its ways out are a list through the fields that they will fill. */
struct part {
	int first;
	int out; /* state * 2 + (0: next, 1: other); the field holds the one after it */
};

static int16_t *field_of(struct pattern *pattern, int way)
{
	struct pattern_state *state = &pattern->states[way / 2];
	return way % 2 ? &state->other : &state->next;
}

static int add_state(struct parser *parser, enum kind kind, int byte, int next, int other)
{
	struct pattern *pattern = parser->pattern;
	if (pattern->n == 2 * LIMIT_CONTROL_PATTERN + 2) {
		parser->problem = "too long";
		return 0;
	}
	pattern->states[pattern->n] =
		(struct pattern_state){(uint8_t)kind, (uint8_t)byte, (int16_t)next, (int16_t)other};
	return pattern->n++;
}

/* All ways out of a part lead to `to`. */
static void lead(struct parser *parser, int way, int to)
{
	while (way != NOWHERE) {
		int16_t *field = field_of(parser->pattern, way);
		way = *field;
		*field = (int16_t)to;
	}
}

static int join(struct parser *parser, int a, int b)
{
	int way = a;
	if (a == NOWHERE)
		return b;
	while (*field_of(parser->pattern, way) != NOWHERE)
		way = *field_of(parser->pattern, way);
	*field_of(parser->pattern, way) = (int16_t)b;
	return a;
}

/* Names come in small letters. */
static int small(int byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
}

static struct part single(struct parser *parser, enum kind kind, int byte)
{
	int state = add_state(parser, kind, byte, NOWHERE, NOWHERE);
	return (struct part){state, state * 2};
}

/* ---- sets ---- */

static void set_add(uint8_t *set, int from, int to)
{
	for (int byte = from; byte <= to; byte++) {
		int as = small(byte);
		set[byte / 8] |= (uint8_t)(1 << byte % 8);
		set[as / 8] |= (uint8_t)(1 << as % 8);
	}
}

/* \d, \w, \s and, as capitals, all but those; false: none of them. */
static bool add_class(uint8_t *set, char name)
{
	bool inverted = name >= 'A' && name <= 'Z';
	uint8_t class[32] = {0};
	switch (name) {
	case 'd':
	case 'D': set_add(class, '0', '9'); break;
	case 'w':
	case 'W':
		set_add(class, '0', '9');
		set_add(class, 'a', 'z');
		set_add(class, 'A', 'Z');
		set_add(class, '_', '_');
		break;
	case 's':
	case 'S':
		set_add(class, '\t', '\r');
		set_add(class, ' ', ' ');
		break;
	default: return false;
	}
	for (size_t i = 0; i < sizeof(class); i++)
		set[i] |= inverted ? (uint8_t) ~class[i] : class[i];
	return true;
}

/* Other letters and digits behind a backslash mean something elsewhere (\b, \Z, \x41): better
 * refused than taken for themselves. */
static bool is_plain_escape(char byte)
{
	return !((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		 (byte >= '0' && byte <= '9'));
}

static struct part set_part(struct parser *parser, const uint8_t *set)
{
	struct pattern *pattern = parser->pattern;
	if (pattern->n_sets == LIMIT_CONTROL_PATTERN / 2) {
		parser->problem = "too many sets";
		return single(parser, STATE_ANY, 0);
	}
	memcpy(pattern->sets[pattern->n_sets], set, sizeof(pattern->sets[0]));
	return single(parser, STATE_SET, pattern->n_sets++);
}

/* A byte of a set, behind its backslash if there is one; -1: a class, which was added. */
static int set_byte(struct parser *parser, uint8_t *set)
{
	char byte = *parser->at++;
	if (byte != '\\' || !*parser->at)
		return (unsigned char)byte;
	byte = *parser->at++;
	if (add_class(set, byte))
		return -1;
	if (!is_plain_escape(byte))
		parser->problem = "an unknown escape";
	return (unsigned char)byte;
}

/* Behind "[". */
static struct part parse_set(struct parser *parser)
{
	uint8_t set[32] = {0};
	bool inverted = *parser->at == '^';
	parser->at += inverted;
	bool is_first = true; /* "]" in front stands for itself */
	while (*parser->at && (*parser->at != ']' || is_first)) {
		is_first = false;
		int from = set_byte(parser, set), to = from;
		if (from >= 0 && parser->at[0] == '-' && parser->at[1] && parser->at[1] != ']') {
			parser->at++;
			to = set_byte(parser, set);
		}
		if (to < from)
			parser->problem = "a range that ends before it begins";
		else if (from >= 0)
			set_add(set, from, to);
	}
	if (*parser->at)
		parser->at++;
	else
		parser->problem = "a '[' without its ']'";
	for (size_t i = 0; inverted && i < sizeof(set); i++)
		set[i] = (uint8_t)~set[i];
	return set_part(parser, set);
}

/* ---- the grammar ---- */

static struct part parse_either(struct parser *parser);

static struct part parse_escape(struct parser *parser)
{
	uint8_t set[32] = {0};
	char byte = *parser->at;
	if (!byte) {
		parser->problem = "a '\\' at the end";
		return single(parser, STATE_ANY, 0);
	}
	parser->at++;
	if (add_class(set, byte))
		return set_part(parser, set);
	if (byte >= '1' && byte <= '9')
		parser->problem = "back-references are not taken";
	else if (!is_plain_escape(byte))
		parser->problem = "an unknown escape";
	return single(parser, STATE_BYTE, small((unsigned char)byte));
}

static struct part parse_atom(struct parser *parser)
{
	char byte = *parser->at++;
	switch (byte) {
	case '(': {
		struct part part = parse_either(parser);
		if (*parser->at == ')')
			parser->at++;
		else
			parser->problem = "a '(' without its ')'";
		return part;
	}
	case '[': return parse_set(parser);
	case '.': return single(parser, STATE_ANY, 0);
	case '^': return single(parser, STATE_START, 0);
	case '$': return single(parser, STATE_END, 0);
	case '\\': return parse_escape(parser);
	case '{':
	case '}': parser->problem = "counts are not taken"; break;
	case '*':
	case '+':
	case '?': parser->problem = "nothing to repeat"; break;
	default: break;
	}
	return single(parser, STATE_BYTE, small((unsigned char)byte));
}

static struct part repeat(struct parser *parser, struct part part, char how)
{
	int fork = add_state(parser, STATE_FORK, 0, part.first, NOWHERE);
	if (how == '?')
		return (struct part){fork, join(parser, part.out, fork * 2 + 1)};
	lead(parser, part.out, fork);
	return (struct part){how == '*' ? fork : part.first, fork * 2 + 1};
}

static struct part parse_branch(struct parser *parser)
{
	/* A fork with one way: the empty branch, and what others hang on. */
	int start = add_state(parser, STATE_FORK, 0, NOWHERE, NOWHERE);
	struct part whole = {start, start * 2};
	while (*parser->at && *parser->at != '|' && *parser->at != ')' && !parser->problem) {
		struct part part = parse_atom(parser);
		if (*parser->at && strchr("*+?", *parser->at) && !parser->problem)
			part = repeat(parser, part, *parser->at++);
		lead(parser, whole.out, part.first);
		whole.out = part.out;
	}
	return whole;
}

static struct part parse_either(struct parser *parser)
{
	struct part part = parse_branch(parser);
	while (*parser->at == '|' && !parser->problem) {
		parser->at++;
		struct part more = parse_branch(parser);
		int fork = add_state(parser, STATE_FORK, 0, part.first, more.first);
		part = (struct part){fork, join(parser, part.out, more.out)};
	}
	return part;
}

const char *pattern_compile(const char *text, struct pattern *ret_pattern)
{
	struct parser parser = {.pattern = ret_pattern, .at = text};
	*ret_pattern = (struct pattern){0};
	/* Each byte makes two states at most, and each level of brackets calls us once more. */
	if (strlen(text) > LIMIT_CONTROL_PATTERN)
		return "too long";
	struct part part = parse_either(&parser);
	if (*parser.at && !parser.problem)
		parser.problem = "a ')' without its '('";
	int match = add_state(&parser, STATE_MATCH, 0, NOWHERE, NOWHERE);
	if (parser.problem)
		return parser.problem;
	lead(&parser, part.out, match);
	ret_pattern->first = part.first;
	return NULL;
}

/* ---- the walk ---- */

#define STATES (2 * LIMIT_CONTROL_PATTERN + 2)
struct states {
	uint8_t has[STATES];
	int items[STATES], n;
};

/* With all that is reached without a byte. */
static void put_state(const struct pattern *pattern, struct states *states, int first,
		      bool at_start, bool at_end)
{
	int todo[STATES], n = 0;
	todo[n++] = first;
	states->has[first] = 1;
	while (n) {
		int at = todo[--n];
		const struct pattern_state *state = &pattern->states[at];
		bool passes = state->kind == STATE_FORK ||
			      (state->kind == STATE_START && at_start) ||
			      (state->kind == STATE_END && at_end);
		const int ways[2] = {state->next, state->other};
		states->items[states->n++] = at;
		for (size_t i = 0; passes && i < 2; i++) {
			if (ways[i] == NOWHERE || states->has[ways[i]])
				continue;
			states->has[ways[i]] = 1;
			todo[n++] = ways[i];
		}
	}
}

static bool takes(const struct pattern *pattern, const struct pattern_state *state,
		  unsigned char byte)
{
	switch ((enum kind)state->kind) {
	case STATE_BYTE: return state->byte == byte;
	case STATE_ANY: return true;
	case STATE_SET: return pattern->sets[state->byte][byte / 8] >> byte % 8 & 1;
	default: return false;
	}
}

bool pattern_matches(const struct pattern *pattern, const char *name)
{
	struct states now = {.n = 0}, next;
	put_state(pattern, &now, pattern->first, true, !*name);
	for (const char *it = name;; it++) {
		next = (struct states){.n = 0};
		for (int i = 0; i < now.n; i++) {
			const struct pattern_state *state = &pattern->states[now.items[i]];
			if (state->kind == STATE_MATCH)
				return true;
			if (*it && takes(pattern, state, (unsigned char)*it) &&
			    !next.has[state->next])
				put_state(pattern, &next, state->next, false, !it[1]);
		}
		if (!*it || !next.n)
			return false;
		now = next;
	}
}
