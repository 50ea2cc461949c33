/* fs_flights.c - what is being published or removed right now, and which directories are so young
 * that a crash could still take them. SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage_fs_private.h"

#include "base/banned.h"

void fs_flights_open(struct fs *fs)
{
	pthread_mutex_init(&fs->flights.mutex, NULL);
	pthread_cond_init(&fs->flights.over, NULL);
}

void fs_flights_close(struct fs *fs)
{
	map_done(&fs->flights.paths);
	map_done(&fs->flights.made);
	pthread_cond_destroy(&fs->flights.over);
	pthread_mutex_destroy(&fs->flights.mutex);
}

static bool is_any_in_flight(const struct fs_flights *flights, const struct fs_path *paths,
			     size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n && !any; i++)
		any = map_has(&flights->paths, paths[i].text);
	return any;
}

/* All or none of them: two who need the same pair in another order do not wait for each other. */
void fs_flight_enter(struct fs *fs, const struct fs_path *paths, size_t n)
{
	struct fs_flights *flights = &fs->flights;

	pthread_mutex_lock(&flights->mutex);
	while (is_any_in_flight(flights, paths, n))
		pthread_cond_wait(&flights->over, &flights->mutex);
	for (size_t i = 0; i < n; i++)
		map_set(&flights->paths, paths[i].text, flights);
	flights->n_paths = (unsigned)flights->paths.n;
	pthread_mutex_unlock(&flights->mutex);
}

void fs_flight_leave(struct fs *fs, const struct fs_path *paths, size_t n, bool well)
{
	struct fs_flights *flights = &fs->flights;

	pthread_mutex_lock(&flights->mutex);
	for (size_t i = 0; i < n; i++)
		map_remove(&flights->paths, paths[i].text);
	flights->n_failed += !well; /* before n_paths: see fs_flight_is_settled */
	flights->n_paths = (unsigned)flights->paths.n;
	pthread_cond_broadcast(&flights->over);
	pthread_mutex_unlock(&flights->mutex);
}

unsigned fs_flight_look(const struct fs *fs)
{
	return fs->flights.n_failed;
}

/* A flight that began before our reading is either still counted in n_paths, or it ended: well, and
 * what was read is durable, or not, and n_failed has moved since the look. */
bool fs_flight_is_settled(struct fs *fs, const struct fs_path *path, unsigned look)
{
	struct fs_flights *flights = &fs->flights;
	bool is_settled = true;

	if (flights->n_paths) {
		pthread_mutex_lock(&flights->mutex);
		while (map_has(&flights->paths, path->text)) {
			is_settled = false;
			pthread_cond_wait(&flights->over, &flights->mutex);
		}
		pthread_mutex_unlock(&flights->mutex);
	}
	return is_settled && flights->n_failed == look;
}

/* A number for each making: who synced for an older one settles nothing for a newer one. */
void fs_made_note(struct fs *fs, const char *path)
{
	struct fs_flights *flights = &fs->flights;

	pthread_mutex_lock(&flights->mutex);
	map_set(&flights->made, path, (void *)(uintptr_t)++flights->last_made);
	flights->n_made = (unsigned)flights->made.n;
	pthread_mutex_unlock(&flights->mutex);
}

uint64_t fs_made_number(struct fs *fs, const char *path)
{
	struct fs_flights *flights = &fs->flights;

	if (flights->n_made == 0)
		return 0;
	pthread_mutex_lock(&flights->mutex);
	uint64_t number = (uintptr_t)map_get(&flights->made, path);
	pthread_mutex_unlock(&flights->mutex);
	return number;
}

void fs_made_settle(struct fs *fs, const char *path, uint64_t number)
{
	struct fs_flights *flights = &fs->flights;

	pthread_mutex_lock(&flights->mutex);
	if ((uintptr_t)map_get(&flights->made, path) == number)
		map_remove(&flights->made, path);
	flights->n_made = (unsigned)flights->made.n;
	pthread_mutex_unlock(&flights->mutex);
}
