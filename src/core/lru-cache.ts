/**
 * Caches that keep the entries that were used last.
 *
 * The library allocates the arrays of a cache with `max` at once. The caches of one server have 250,000 entries
 * together, which took 30 ms of its start. Its arrays grow as needed if the entries are counted by their size.
 */
import { LRUCache } from "lru-cache";

export type LruCache<Key extends {}, Value extends {}> = LRUCache<Key, Value>;

/** Creates an empty cache. When it has `maxEntries`, the next one replaces the one that was used least recently. */
export function createLruCache<Key extends {}, Value extends {}>(maxEntries: number): LruCache<Key, Value> {
  return new LRUCache<Key, Value>({ maxSize: maxEntries, sizeCalculation: () => 1 });
}
