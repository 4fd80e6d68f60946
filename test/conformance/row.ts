import type { Trial } from './trial.ts';

export interface RowOptions {
  /**
   * 'containers': hollow nodes do not do, for the requirement is about what a process sees or answers. 'kubectl': there
   * must be one for this platform.
   */
  readonly needs?: 'containers' | 'kubectl';
  /** Changes nodes or what the whole cluster shares: runs after the others, with no other beside it. */
  readonly alone?: true;
  /** Waits for minutes to pass: `npm test` leaves it out. */
  readonly slow?: true;
  /** Default 60 s. */
  readonly timeoutMs?: number;
}

/** How to find out whether a requirement is met: `run` throws where it is not. */
export interface Row extends RowOptions {
  readonly id: string;
  readonly run: (t: Trial) => Promise<void>;
}

/** The row of a requirement, by its exact id in rows.tsv. */
export function row(id: string, run: (t: Trial) => Promise<void>, options: RowOptions = {}): Row {
  return { ...options, id, run };
}
