import { cloneJson } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';

/** A prepareForCreate that starts the status anew: what Go's zero value shows of it in JSON. */
export function startStatus<T extends KubeObject & { status?: unknown }>(
  status: NonNullable<T['status']>,
): (object: T) => void {
  return object => {
    object.status = cloneJson(status) as T['status'];
  };
}

/** What a write of /status leaves alone of the metadata of kinds that are strict about it. */
export const ownMetadata = [
  'deletionTimestamp',
  'generation',
  'selfLink',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
] as const;
