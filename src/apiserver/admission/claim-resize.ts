import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { parseAmounts } from '#api/pod-totals.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';

function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';
}

/** Bound claims grow only where their storage class lets them. */
export function persistentVolumeClaimResize(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/persistentvolumeclaims' && operation === 'UPDATE' && subresource === '',
    validate(request) {
      const { object, old } = request;
      const [now, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
      const sizeOf = ({ spec }: PersistentVolumeClaim) =>
        parseAmounts(spec?.resources?.requests).get('storage');
      const [size, oldSize] = [sizeOf(now), sizeOf(before)];
      if (!size || !oldSize || size.compare(oldSize) <= 0) return;
      if (before.status?.phase !== 'Bound')
        throw forbidden(request, 'Only bound persistent volume claims can be expanded');
      const className = classOf(now);
      const found = classes.get(className)?.object as StorageClass | undefined;
      if (className === classOf(before) && found?.allowVolumeExpansion) return;
      throw forbidden(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    },
  };
}
