import type { AdmissionPlugin } from './plugin.ts';

const finalizers: Readonly<Record<string, string>> = {
  'core/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'core/persistentvolumes': 'kubernetes.io/pv-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};

/** What is in use is not deleted under its users: their controllers take the finalizer away when nobody is left. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  concerns: ({ served, operation, subresource }) =>
    served.bucket in finalizers && operation === 'CREATE' && subresource === '',
  mutate({ served, object }) {
    const finalizer = finalizers[served.bucket]!;
    const { metadata } = object!;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
