import type { TransportRequest } from '#client/transport.ts';

/** Where a fault can strike. */
export type Site = 'read' | 'write' | 'watch';

export interface FaultKind {
  /** As scripts have it. */
  readonly name: string;
  /** What a reader of a script must know. */
  readonly text: string;
  readonly site: Site;
  readonly applies?: (request: TransportRequest) => boolean;
}

/** Longer than the pause between two steps of the user: the controller misses one at least. */
export const downMs = 6_000;
export const lateMs = 12_000;
/** What a wall clock is set on or back by. */
export const jumpMs = 300_000;

const isChange = ({ method }: TransportRequest) => method === 'PUT' || method === 'PATCH';
const isOfExisting = ({ method }: TransportRequest) => method !== 'POST';

/** Everything that the explorer does to a controller, the plainest first: shrinking prefers them. */
export const faultKinds: readonly FaultKind[] = [
  { name: 'conflict', text: 'is answered 409 Conflict and not done', site: 'write', applies: isChange },
  { name: 'refused', text: 'is answered 500 and not done', site: 'write' },
  { name: 'unanswered', text: 'is done, and the answer is lost', site: 'write' },
  {
    name: 'crash before',
    text: `the controller dies before it, and is back ${downMs / 1000} s later`,
    site: 'write',
  },
  {
    name: 'crash after',
    text: `is done; the controller dies, and is back ${downMs / 1000} s later`,
    site: 'write',
  },
  { name: 'user first', text: "the user's next step comes just before it", site: 'write' },
  {
    name: 'touched',
    text: 'somebody annotates the object just before it',
    site: 'write',
    applies: isOfExisting,
  },
  { name: 'clock on', text: `the wall clock is set on by ${jumpMs / 1000} s before it`, site: 'write' },
  { name: 'clock back', text: `the wall clock is set back by ${jumpMs / 1000} s before it`, site: 'write' },
  { name: 'unread', text: 'is answered 500', site: 'read' },
  { name: 'late', text: `this event and those after it come ${lateMs / 1000} s late`, site: 'watch' },
  {
    name: 'gap',
    text: `the watch ends before this event with 410 Gone, and the list that follows comes ${lateMs / 1000} s later`,
    site: 'watch',
  },
  { name: 'twice', text: 'this event is told twice', site: 'watch' },
];
