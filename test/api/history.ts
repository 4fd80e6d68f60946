import type { ConfigMap } from '#api/generated/types/core.v1.ts';

/** One event of a watch, or one object of a list, as far as the checker of histories looks at it. */
export interface Seen {
  /** ADDED, MODIFIED or DELETED. */
  readonly type: string;
  readonly name: string;
  readonly revision: number;
  readonly value: string;
  /** The object is one that `selected` watches and lists are about. */
  readonly isSelected: boolean;
}

export const selector = 'selected=yes';

export function seen(type: string, { metadata, data }: ConfigMap): Seen {
  const isSelected = metadata.labels?.selected === 'yes';
  const revision = Number(metadata.resourceVersion);
  return { type, name: metadata.name!, revision, value: data?.value ?? '', isSelected };
}

/** What an event or an object comes to, to compare. */
export function text({ type, name, revision, value }: Seen): string {
  return `${type} ${name}@${revision}=${value}`;
}

/** What happened to the objects of one namespace, as one watch of all of them told it from when there were none. */
export class History {
  readonly #events: readonly Seen[];

  constructor(events: readonly Seen[]) {
    this.#events = events;
  }

  /** What is wrong with the order of events, or with a type where it follows from what was there. */
  get anomalies(): string[] {
    const found: string[] = [];
    const there = new Map<string, Seen>();
    let last = 0;
    for (const event of this.#events) {
      const before = there.get(event.name);
      if (event.revision <= last) found.push(`${text(event)} comes after ${last}`);
      if ((event.type === 'ADDED') === (before !== undefined))
        found.push(`${text(event)} where ${before?.type}`);
      if (event.type === 'DELETED' && event.value !== before?.value)
        found.push(`${text(event)}, not ${before?.value}`);
      last = event.revision;
      if (event.type === 'DELETED') there.delete(event.name);
      else there.set(event.name, event);
    }
    return found;
  }

  /** The objects at a revision, by name. */
  at(revision: number): Map<string, Seen> {
    const there = new Map<string, Seen>();
    for (const event of this.#events) {
      if (event.revision > revision) break;
      if (event.type === 'DELETED') there.delete(event.name);
      else there.set(event.name, event);
    }
    return there;
  }

  /** The list of a revision, as `text` has it. */
  list(revision: number, onlySelected: boolean): string[] {
    const objects = [...this.at(revision).values()].filter(one => one.isSelected || !onlySelected);
    return objects.map(one => text({ ...one, type: 'LISTED' })).sort();
  }

  /** What a watch from a revision on has to tell, as `text` has it. */
  watch(since: number, onlySelected: boolean): string[] {
    const there = this.at(since);
    const told: string[] = [];
    for (const event of this.#events) {
      if (event.revision <= since) continue;
      const before = there.get(event.name);
      if (event.type === 'DELETED') there.delete(event.name);
      else there.set(event.name, event);
      const wasIn = before !== undefined && (before.isSelected || !onlySelected);
      const isIn = event.type !== 'DELETED' && (event.isSelected || !onlySelected);
      if (isIn) told.push(text({ ...event, type: wasIn ? 'MODIFIED' : 'ADDED' }));
      else if (wasIn) told.push(text({ ...before, type: 'DELETED', revision: event.revision }));
    }
    return told;
  }

  /** Whether a read that began when `from` was acknowledged may find this of an object; undefined: nothing. */
  mayRead(name: string, from: number, found: Seen | undefined): boolean {
    const states = [
      this.at(from).get(name),
      ...this.#events.filter(one => one.name === name && one.revision > from),
    ];
    return states.some(state => {
      const isThere = state !== undefined && state.type !== 'DELETED';
      return found ? isThere && state.revision === found.revision && state.value === found.value : !isThere;
    });
  }
}
