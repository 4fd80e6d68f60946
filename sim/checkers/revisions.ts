import type { KubeObject } from '#machinery/object.ts';
import type { WorldChange } from '#explore/world.ts';
import type { Checker, Outcome } from './checker.ts';

type Versioned = KubeObject & { readonly status?: { readonly observedGeneration?: number } };

const numbers: readonly (readonly [string, (object: Versioned) => number])[] = [
  ['generation', object => object.metadata.generation ?? 0],
  ['observedGeneration', object => object.status?.observedGeneration ?? 0],
  // A Deployment's own may, as upstream's may: it is that of the sets in the controller's cache.
  ['set revision', object => (object.kind === 'ReplicaSet' ? deploymentRevision(object) : 0)],
];

function deploymentRevision(object: KubeObject): number {
  return Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}

function problems({ object, old }: WorldChange): string[] {
  const [now, then] = [object as Versioned, old as Versioned];
  const wrong: string[] = [];
  for (const [name, of] of numbers) {
    if (of(now) < of(then)) wrong.push(`its ${name} went from ${of(then)} to ${of(now)}`);
  }
  for (const field of ['uid', 'creationTimestamp'] as const) {
    if (now.metadata[field] !== then.metadata[field]) wrong.push(`its ${field} changed`);
  }
  if (then.metadata.deletionTimestamp && !now.metadata.deletionTimestamp)
    wrong.push('its deletion was undone');
  if ((now.status?.observedGeneration ?? 0) > (now.metadata.generation ?? 0)) {
    wrong.push('a generation was observed that is yet to come');
  }
  return wrong;
}

/** What counts upwards never goes back; what is set once stays. */
export const revisions: Checker<Outcome> = {
  name: 'revisions',
  inspect: ({ world, violated }) => {
    world.onChange(change => {
      if (change.type !== 'updated') return;
      for (const problem of problems(change)) violated(`${change.bucket} ${change.key}: ${problem}`);
    });
    return {};
  },
};
