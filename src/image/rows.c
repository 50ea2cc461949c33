/* rows.c - the tables of `images` and `history`.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's formatter of images and of history: names of fields, cuts, words. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/size.h"
#include "image/image_private.h"

#include "base/banned.h"

#define SHORT_ID_DIGITS   12
#define SHORT_COMMAND_LEN 45
#define NONE              "<none>"
#define UNKNOWN           "N/A"

/* ---- texts ---- */

/* As Go prints a time in UTC: "2026-01-02 03:04:05 +0000 UTC". */
static const char *go_time(struct arena *arena, int64_t ns)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_rfc3339(ns - ns % NS_PER_SEC, text);
	return arena_printf(arena, "%.10s %.8s +0000 UTC", text, text + strlen("2026-01-02T"));
}

static const char *time_since(struct arena *arena, int64_t ns)
{
	char text[CLOCK_TEXT_MAX];

	clock_human_duration(clock_now_ns() - ns, text);
	return arena_printf(arena, "%s ago", text);
}

static const char *size_text(struct arena *arena, uint64_t bytes)
{
	char text[SIZE_TEXT_MAX];

	size_format(bytes, text);
	return arena_strdup(arena, text);
}

static const char *id_text(struct arena *arena, const struct digest *id, bool no_trunc)
{
	return no_trunc ? arena_strdup(arena, id->text)
			: arena_printf(arena, "%.*s", SHORT_ID_DIGITS, digest_hex(id));
}

/* ---- images ---- */

struct row_image { /* an image and what its rows say of it */
	const struct image *image;
	int64_t created_ns;
	uint64_t size;
};

static void add_row(struct arena *arena, struct node *rows, const struct row_image *about,
		    const char *repository, const char *tag, bool no_trunc)
{
	struct node *row = node_new(arena, NODE_MAP);
	const char *size = size_text(arena, about->size);
	bool has_time = about->created_ns != 0;

	node_set_text(arena, row, "Repository", repository);
	node_set_text(arena, row, "Tag", tag);
	node_set_text(arena, row, "Digest", about->image->manifest.digest.text);
	node_set_text(arena, row, "ID", id_text(arena, &about->image->id, no_trunc));
	node_set_text(arena, row, "CreatedSince",
		      has_time ? time_since(arena, about->created_ns) : UNKNOWN);
	node_set_text(arena, row, "CreatedAt",
		      has_time ? go_time(arena, about->created_ns) : UNKNOWN);
	node_set_text(arena, row, "Size", size);
	node_set_text(arena, row, "VirtualSize", size);
	node_set_text(arena, row, "Containers", UNKNOWN);
	node_set_text(arena, row, "SharedSize", UNKNOWN);
	node_set_text(arena, row, "UniqueSize", UNKNOWN);
	node_append(rows, row);
}

static bool is_asked_for(const struct image_filter *filter, const char *name)
{
	if (!filter->references || !filter->references->n)
		return true;
	for (size_t i = 0; i < filter->references->n; i++)
		if (name_fits(name, filter->references->items[i]))
			return true;
	return false;
}

static void add_rows(struct arena *arena, struct node *rows, const struct row_image *about,
		     const struct image_row_options *options)
{
	const struct strlist *names = &about->image->names;

	if (!names->n)
		add_row(arena, rows, about, NONE, NONE, options->no_trunc);
	for (size_t i = 0; i < names->n; i++) {
		autoref struct reference name = {0};
		autoerr struct err ignored = {0};
		if (!is_asked_for(&options->filter, names->items[i]) ||
		    reference_parse(names->items[i], &name, &ignored))
			continue;
		autofree char *repository = reference_familiar_repository(&name);
		add_row(arena, rows, about, repository, name.tag ? name.tag : NONE,
			options->no_trunc);
	}
}

struct sortable {
	struct image *image;
	struct image_config config;
	int64_t created_ns;
};
struct sortables {
	struct sortable *items;
	size_t n, cap;
};

static void sortables_done(struct sortables *list)
{
	vec_foreach(it, list)
		image_config_done(&it->config);
	vec_done(list);
}

static int compare_newest_first(const void *a, const void *b)
{
	const struct sortable *left = a, *right = b;

	if (left->created_ns != right->created_ns)
		return left->created_ns < right->created_ns ? 1 : -1;
	if (left->image->added_ns != right->image->added_ns)
		return left->image->added_ns < right->image->added_ns ? 1 : -1;
	return strcmp(left->image->id.text, right->image->id.text);
}

static int consider(struct store *store, struct image *image, const struct image_filter *filter,
		    struct sortables *chosen, struct err *err)
{
	struct sortable it = {.image = image};

	if (store_read_config(store, &image->id, &it.config, err))
		return err_wrap(err, "image %s", image->id.text);
	it.created_ns = created_ns_of(&it.config, image);
	if (image_passes(filter, &it.config, image, it.created_ns))
		vec_push(chosen, it);
	else
		image_config_done(&it.config);
	return 0;
}

static int choose(struct store *store, const struct image_list *images,
		  const struct image_filter *filter, struct sortables *chosen, struct err *err)
{
	vec_foreach(image, images)
		if (consider(store, image, filter, chosen, err))
			return -1;
	vec_sort(chosen, compare_newest_first);
	return 0;
}

struct node *image_rows(struct arena *arena, struct store *store,
			const struct image_row_options *options, struct err *err)
{
	cleanup(image_list_done) struct image_list images = {0};
	cleanup(sortables_done) struct sortables chosen = {0};
	struct node *rows = node_new(arena, NODE_LIST);

	if (store_list_images(store, &images, err) ||
	    choose(store, &images, &options->filter, &chosen, err))
		return NULL;
	vec_foreach(it, &chosen) {
		cleanup(manifest_done) struct manifest manifest = {0};
		if (store_read_manifest(store, &it->image->manifest.digest, &manifest, err)) {
			err_wrap(err, "image %s", it->image->id.text);
			return NULL;
		}
		struct row_image about = {
			.image = it->image,
			.created_ns = it->created_ns,
			.size = image_size(store, &it->config, &manifest),
		};
		add_rows(arena, rows, &about, options);
	}
	return rows;
}

/* ---- history ---- */

/* docker shows the beginning, in characters, and a mark for the rest. */
static const char *short_text(struct arena *arena, const char *text)
{
	size_t n_chars = 0, keep = 0;

	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (n_chars++ == SHORT_COMMAND_LEN - 1)
			keep = i;
	}
	return n_chars <= SHORT_COMMAND_LEN ? text : arena_printf(arena, "%.*s…", (int)keep, text);
}

/* One line: a table breaks at tabs and newlines. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *line = arena_strdup(arena, text ? text : "");

	for (char *it = line; *it; it++)
		if (*it == '\n' || *it == '\t')
			*it = ' ';
	return line;
}

static uint64_t layer_size(struct store *store, const struct digest *chain,
			   const struct manifest *manifest, size_t i)
{
	autoerr struct err ignored = {0};
	struct layer_meta meta;

	if (store_layer_meta(store, chain, &meta, &ignored) == 0)
		return meta.content_bytes;
	return i < manifest->n_layers ? manifest->layers[i].size : 0;
}

static void add_history_row(struct arena *arena, struct node *rows,
			    const struct history_entry *entry, uint64_t size,
			    const struct image_history_options *options)
{
	struct node *row = node_new(arena, NODE_MAP);
	const char *command = one_line(arena, entry->created_by);
	bool has_time = false;
	int64_t ns = 0;

	if (entry->created)
		has_time = clock_parse_rfc3339(str_of(entry->created), &ns);
	const char *since = has_time ? time_since(arena, ns) : UNKNOWN;
	const char *at = has_time ? entry->created : UNKNOWN;
	node_set_text(arena, row, "ID", "<missing>");
	node_set_text(arena, row, "CreatedSince", options->human ? since : at);
	node_set_text(arena, row, "CreatedAt", at);
	node_set_text(arena, row, "CreatedBy",
		      options->no_trunc ? command : short_text(arena, command));
	node_set_text(arena, row, "Size",
		      options->human ? size_text(arena, size)
				     : arena_printf(arena, "%llu", (unsigned long long)size));
	node_set_text(arena, row, "Comment", one_line(arena, entry->comment));
	node_append(rows, row);
}

static void reverse(struct node *list)
{
	struct node *reversed = NULL;

	list->children.last = list->children.first;
	for (struct node *it = list->children.first, *next; it; it = next) {
		next = it->next;
		it->next = reversed;
		reversed = it;
	}
	list->children.first = reversed;
}

struct node *image_history(struct arena *arena, struct store *store, const struct image *image,
			   const struct image_history_options *options, struct err *err)
{
	static const struct history_entry untold = {0}; /* of a layer that history leaves out */
	cleanup(image_config_done) struct image_config config = {0};
	cleanup(manifest_done) struct manifest manifest = {0};
	struct node *rows = node_new(arena, NODE_LIST);
	struct digest chain = {0};
	size_t n_layers = 0;

	if (store_read_config(store, &image->id, &config, err) ||
	    store_read_manifest(store, &image->manifest.digest, &manifest, err))
		return NULL;
	for (size_t i = 0; i < config.n_history || n_layers < config.n_diff_ids; i++) {
		const struct history_entry *entry =
			i < config.n_history ? &config.history[i] : &untold;
		uint64_t size = 0;
		if (!entry->empty_layer && n_layers < config.n_diff_ids) {
			chain = digest_chain(&chain, &config.diff_ids[n_layers]);
			size = layer_size(store, &chain, &manifest, n_layers);
			n_layers++;
		}
		add_history_row(arena, rows, entry, size, options);
	}
	reverse(rows);
	if (rows->children.first)
		node_set_text(arena, rows->children.first, "ID",
			      id_text(arena, &image->id, options->no_trunc));
	return rows;
}
