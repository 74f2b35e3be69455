/** Tasks by source, which take turns. */
export interface SourceLane<Entry> {
  add(source: string, entry: Entry): void;
  /** Removes and returns the next task that is still wanted. Others are dropped on the way. */
  takeNext(isWanted: (entry: Entry) => boolean): Entry | undefined;
  /** Removes and returns the newest task of the source that has the most. */
  takeNewest(isWanted: (entry: Entry) => boolean): Entry | undefined;
  /** Removes the tasks that are not wanted any more. */
  purge(isWanted: (entry: Entry) => boolean): void;
  /** The source's tasks, with those that are not wanted any more. */
  count(source: string): number;
}

export function createSourceLane<Entry>(): SourceLane<Entry> {
  /** In the order of their turns. */
  const bySource = new Map<string, Entry[]>();

  function removeIfEmpty(source: string, tasks: readonly Entry[]): void {
    if (tasks.length === 0) bySource.delete(source);
  }

  return {
    add(source, entry) {
      const tasks = bySource.get(source);
      if (tasks === undefined) bySource.set(source, [entry]);
      else tasks.push(entry);
    },
    takeNext(isWanted) {
      for (const [source, tasks] of bySource) {
        const index = tasks.findIndex(isWanted);
        const [entry] = index < 0 ? [] : tasks.slice(index, index + 1);
        tasks.splice(0, index < 0 ? tasks.length : index + 1);
        bySource.delete(source);
        if (tasks.length > 0) bySource.set(source, tasks);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    takeNewest(isWanted) {
      const fullest = [...bySource].toSorted(([, a], [, b]) => b.length - a.length);
      for (const [source, tasks] of fullest) {
        const index = tasks.findLastIndex(isWanted);
        const [entry] = index < 0 ? [] : tasks.splice(index, 1);
        removeIfEmpty(source, tasks);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    purge(isWanted) {
      for (const [source, tasks] of bySource) {
        const wanted = tasks.filter(isWanted);
        if (wanted.length === 0) bySource.delete(source);
        else if (wanted.length < tasks.length) bySource.set(source, wanted);
      }
    },
    count: (source) => bySource.get(source)?.length ?? 0,
  };
}
