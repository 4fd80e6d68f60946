import type { KubeObject } from '#machinery/object.ts';

/** A key that is written in one transaction with an object. */
export interface Companion {
  readonly bucket: string;
  readonly key: string;
  /** The revision that it has by now; 0: there is none. Another one fails the whole transaction. */
  readonly revision: number;
  /** Absent: the key goes. Given away, as to the store. */
  readonly object?: KubeObject;
}

/** A key that a write leaves alone, and the revision that it has by now; another one fails the write. */
export type Ground = Pick<Companion, 'bucket' | 'key' | 'revision'>;

/**
 * What goes with each write of a resource's objects, by the resource's bucket: what it was, undefined where it is new, and
 * what it becomes, undefined where it goes. Asked for at each attempt.
 */
export type Companions = ReadonlyMap<
  string,
  (old: KubeObject | undefined, object: KubeObject | undefined) => readonly Companion[]
>;
