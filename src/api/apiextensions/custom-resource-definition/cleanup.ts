import type { CustomResourceDefinition } from '../../generated/types/apiextensions.v1.ts';

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** A definition stays until its instances are gone, and says that it is going. */
export function beginCleanup(object: CustomResourceDefinition): void {
  const { metadata } = object;
  if (!metadata.finalizers?.includes(cleanupFinalizer)) {
    metadata.finalizers = [...(metadata.finalizers ?? []), cleanupFinalizer];
  }
  const others = object.status?.conditions?.filter(condition => condition.type !== 'Terminating') ?? [];
  const pending = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: metadata.deletionTimestamp!,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  object.status = { ...object.status, conditions: [...others, pending] };
}
