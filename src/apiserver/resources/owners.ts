import type { KubeObject, OwnerReference } from '#machinery/object.ts';

/**
 * Drops owners that are there twice in every field, and tells the client of them. Bodies are looked at when they come
 * in, patched objects after mutating admission alone, as upstream has it.
 */
export function dropRepeatedOwners(
  { metadata }: KubeObject,
  warn: (message: string) => void,
  isAdmitted: boolean,
): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const distinct = new Map<string, OwnerReference>();
  const repeated: OwnerReference[] = [];
  for (const owner of owners) {
    const text = JSON.stringify(owner);
    if (distinct.has(text)) repeated.push(owner);
    else distinct.set(text, owner);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = [...distinct.values()];
  const when = isAdmitted ? ' after mutating admission happens' : '';
  const uids = repeated.map(owner => owner.uid).join(', ');
  warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`,
  );
}
