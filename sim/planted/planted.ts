import type { Exploration } from '#explore/index.ts';

/** A controller with a bug that somebody could write, and its twin without. */
export interface Planted {
  readonly name: string;
  /** What is wrong with it. */
  readonly bug: string;
  /** Made anew for each run. */
  readonly exploration: (isRight: boolean) => Exploration;
}
